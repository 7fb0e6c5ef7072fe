"""``server.pictures`` as TensorFlow operations, for a model that takes image files itself.

A served graph has no Pillow, only TensorFlow's operations. With them it follows ``server.pictures`` step by step, and
differs in six ways. It does not turn a photograph as its EXIF note says, because it cannot read that note. It does not
remove frames. It takes the background to be of one level, so light must not fall on it from one side. It does not
smooth away specks of dust before it trims. It also trims a picture of the model's own size. And it accepts GIF and BMP
files, because TensorFlow decodes them.
"""

from __future__ import annotations

import tensorflow as tf

from server.pictures import TRIM_TOLERANCE

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as Pillow and JPEG weigh red, green and blue


def files_to_pixels(files: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Encoded image files, strings of shape (n,), into uint8 pixels (n, height, width), light on dark.

    Fails with ``InvalidArgumentError`` for anything that is not an image.
    """
    spec = tf.TensorSpec(size, tf.uint8)
    return tf.map_fn(lambda file: to_pixels(file, size), files, fn_output_signature=spec)


def to_pixels(file: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """One encoded image, a scalar string, into uint8 pixels of shape ``size`` (height, width)."""
    decoded = tf.io.decode_image(file, expand_animations=False)
    fitted = center(trim(light_on_dark(to_gray(decoded))), size)
    return tf.cast(tf.round(tf.clip_by_value(fitted, 0, 255)), tf.uint8)


def to_gray(decoded: tf.Tensor) -> tf.Tensor:
    """uint8 (h, w, channels) to float32 (h, w), 0 black to 255 white; what is transparent becomes white.

    One channel is gray, three are red, green and blue; one more is how opaque each pixel is.
    """
    layers = tf.cast(decoded, tf.float32)
    channels = tf.shape(layers)[2]
    has_alpha = channels % 2 == 0
    colors = layers[..., : channels - tf.cast(has_alpha, tf.int32)]
    gray = tf.cond(channels < 3, lambda: colors[..., 0], lambda: tf.linalg.matvec(colors, LUMA))
    opaque = tf.cond(has_alpha, lambda: layers[..., -1] / 255, lambda: tf.ones_like(gray))
    return tf.round(gray * opaque + 255 * (1 - opaque))


def light_on_dark(gray: tf.Tensor) -> tf.Tensor:
    """Invert a picture whose object is darker than its background."""
    return tf.cond(tf.reduce_mean(gray) < border_level(gray), lambda: 255 - gray, lambda: gray)


def border_level(gray: tf.Tensor) -> tf.Tensor:
    """The median of the outermost pixels."""
    border = tf.sort(tf.concat([gray[0], gray[-1], gray[:, 0], gray[:, -1]], axis=0))
    count = tf.size(border)
    return (border[(count - 1) // 2] + border[count // 2]) / 2


def trim(gray: tf.Tensor) -> tf.Tensor:
    """Cut away the even border and make the background black. A picture of one level stays as it is."""
    ground = border_level(gray)
    raised = tf.round(tf.maximum(0.0, gray - ground) * 255 / tf.maximum(1.0, 255 - ground))
    drawn = raised > TRIM_TOLERANCE
    top, bottom = _extent(tf.reduce_any(drawn, axis=1))
    left, right = _extent(tf.reduce_any(drawn, axis=0))
    return raised[top:bottom, left:right]


def _extent(drawn: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """From the first true value to after the last one; from end to end if there is none."""
    places = tf.where(drawn | ~tf.reduce_any(drawn))[:, 0]
    return places[0], places[-1] + 1


def center(gray: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Fit the whole picture into ``size`` (height, width), its proportions kept, on black."""
    shape = tf.cast(tf.shape(gray), tf.float32)
    scale = tf.reduce_min(tf.constant(size, tf.float32) / shape)
    fitted = tf.maximum(1, tf.cast(tf.round(shape * scale), tf.int32))
    small = tf.image.resize(gray[..., tf.newaxis], fitted, tf.image.ResizeMethod.LANCZOS3, antialias=True)
    top, left = tf.unstack(tf.cast(tf.round((tf.constant(size) - fitted) / 2), tf.int32))
    return tf.ensure_shape(tf.image.pad_to_bounding_box(small, top, left, *size)[..., 0], size)
