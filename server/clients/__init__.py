"""What an application imports to classify images: one interface, and a client for each kind of server.

Begin with ``client``, the interface and the reference server's client; the other two speak to TensorFlow Serving.
From the server they import what reads pictures, checks pixels and describes models; anybody may import them.
"""

from server.clients.client import Client, ImageClient, Prediction, Refused, ServerError, Unreachable

__all__ = ["Client", "ImageClient", "Prediction", "Refused", "ServerError", "Unreachable"]
