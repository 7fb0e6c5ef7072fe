"""What the stand-in is told in files: text protos for models, batching and monitoring.

Begin with ``model_config``. It imports nothing from the other rooms; all of them may import it.
"""
