"""The configuration: a ``ModelServerConfig`` in protobuf's text format, checked."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from google.protobuf import text_format
from google.protobuf.message import Message
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig, ModelServerConfig, ModelType

from server.tensorflow_serving.status import Code, ServingError, invalid_argument

PLATFORM = "tensorflow"
CODES = {PermissionError: Code.PERMISSION_DENIED, NotADirectoryError: Code.FAILED_PRECONDITION}
AnyMessage = TypeVar("AnyMessage", bound=Message)


def read_text_proto(path: str, message: AnyMessage) -> AnyMessage:
    """Fill ``message`` from a file. Raises ``ServingError``."""
    try:
        return text_format.Parse(Path(path).read_bytes().decode(), message)
    except OSError as error:
        raise ServingError(CODES.get(type(error), Code.NOT_FOUND), f"{path}; {error.strerror}") from error
    except (text_format.ParseError, UnicodeDecodeError) as error:
        kind = f"tensorflow.serving.{message.DESCRIPTOR.name}"  # although two of them are made here, in another package
        reason = f"it is not text: {error}" if isinstance(error, UnicodeDecodeError) else error
        detail = f"Error parsing text-format {kind}: {reason}"
        raise invalid_argument(f"Invalid protobuf file: '{path}' ({detail})") from error


def single_model(name: str, base_path: str) -> ModelServerConfig:
    """What ``--model_name`` and ``--model_base_path`` stand for."""
    config = ModelServerConfig()
    config.model_config_list.config.add(name=name, base_path=base_path, model_platform=PLATFORM)
    return config


def check(models: list[ModelConfig], before: list[ModelConfig]) -> None:
    """Raises ``ServingError`` unless names are unique, paths absolute, and no model has changed its platform."""
    names = [model.name for model in models]
    for model in models:
        if names.count(model.name) > 1:
            raise invalid_argument(f"Illegal to list model {model.name} multiple times in config list")
    for model in models:
        if not Path(model.base_path).is_absolute():
            raise invalid_argument(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )
    platforms = {model.name: platform_of(model) for model in before}
    for model in models:
        old = platforms.get(model.name)
        if old and platform_of(model) != old:
            raise invalid_argument(
                f"Illegal to change a model's platform. For model {model.name} platform was {old} "
                f"and new platform requested is {platform_of(model)}"
            )


def check_platforms(models: list[ModelConfig]) -> None:
    """Raises ``ServingError`` unless each is for TensorFlow."""
    for model in models:
        if platform_of(model) != PLATFORM:
            raise invalid_argument(f"Model {model.name} requests unsupported platform {platform_of(model)}")


def platform_of(model: ModelConfig) -> str:
    """From either of two fields, one of which is deprecated. Raises ``ServingError``."""
    if model.model_type != ModelType.MODEL_TYPE_UNSPECIFIED and model.model_platform:
        raise invalid_argument(
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, "
            f"model name is {model.name}"
        )
    if model.model_type == ModelType.OTHER:
        raise invalid_argument(f"ModelServerConfig::model_type choice {model.model_type} not supported.")
    if model.model_type == ModelType.MODEL_TYPE_UNSPECIFIED and not model.model_platform:
        raise invalid_argument(
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform, "
            f"model name is {model.name}"
        )
    return model.model_platform or PLATFORM
