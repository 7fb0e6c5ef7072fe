"""What the stand-in is told in files: text protos of models, of batching, of monitoring.

Begin with ``model_config``. It imports nothing of the other rooms; all of them may import it.
"""
