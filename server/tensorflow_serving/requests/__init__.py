"""What can be asked of a version, over either interface: predict, classify, regress, metadata, and its warm-up.

Begin with ``predict``. It imports ``execution`` and ``lifecycle``; ``rest`` and ``grpc_services`` call it.
"""
