"""Train, measure and write the pinned models: ``python -m pipeline``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.export import framework, save_keras, write_version
from server.model_card import InputSpec, ModelCard
from server.quiet import import_tensorflow
from server.repository import PINNED_MODELS

console = Console()


MODELS = ("clothes", "clothes-v2", "digits")


def main(
    models: Annotated[Path, typer.Option(help="The model repository to write to.")] = PINNED_MODELS,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs for the clothes models.")] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"Any of {', '.join(MODELS)}; default: all.")] = None,
) -> None:
    """Train the models, measure them on their test sets, and write them with their cards into a repository.

    Example: python -m pipeline --models work/models --only clothes --epochs 3
    """
    makers = dict(zip(MODELS, (make_lenet, make_convnet, make_digits), strict=True))
    if unknown := set(only or []) - set(makers):
        raise typer.BadParameter(f"no model {', '.join(unknown)}; there is {', '.join(makers)}")
    for name in only or makers:
        with console.status(f"{makers[name].__doc__}"):
            card, folder = makers[name](models, epochs)
        console.print(f"{card.name} v{card.version}: test accuracy {card.metrics['accuracy']}, in {folder}")


def make_lenet(models: Path, epochs: int | None) -> tuple[ModelCard, Path]:
    """Training LeNet-5 on Fashion-MNIST"""
    (pixels, labels), test_set = _fashion_mnist()
    from pipeline import train

    model, _ = train.train_lenet(pixels, labels, epochs or train.EPOCHS)
    about = {
        "version": 1,
        "training_images": len(pixels),
        "description": "Classify images containing articles of clothing",
        "training": {"epochs": epochs or train.EPOCHS, "validation_share": train.VALIDATION_SHARE},
    }
    return _write_clothes(models, model, test_set, about)


def make_convnet(models: Path, epochs: int | None) -> tuple[ModelCard, Path]:
    """Training the better network on changed pictures"""
    (pixels, labels), test_set = _fashion_mnist()
    from pipeline import train

    model = train.train_convnet(pixels, labels, epochs or train.AUGMENTED_EPOCHS)
    about = {
        "version": 2,
        "training_images": len(pixels),
        "description": "Classify images containing articles of clothing, with three normalized convolutions",
        "training": {
            "epochs": epochs or train.AUGMENTED_EPOCHS,
            "augmentation": f"mirrored at random, shifted by up to {train.SHIFT} pixels",
            "schedule": "one epoch of warm-up, then cosine decay; AdamW",
        },
    }
    return _write_clothes(models, model, test_set, about)


def _fashion_mnist():
    import_tensorflow()
    from keras.datasets import fashion_mnist

    from pipeline import dataset

    dataset.ensure(console.print)
    return fashion_mnist.load_data()


def _write_clothes(models: Path, model, test_set, about: dict) -> tuple[ModelCard, Path]:
    from pipeline import dataset, train
    from pipeline.evaluate import evaluate
    from server.preprocessing import to_model_input

    pixels, labels = test_set
    scores = model.predict(to_model_input(pixels), batch_size=1000, verbose=0)
    card = ModelCard(
        name="clothes",
        version=about["version"],
        description=about["description"],
        number_of_parameters=model.count_params(),
        input=InputSpec(pixels.shape[1:], 0, 255),
        classes=dataset.CLASSES,
        framework=framework("keras"),
        dataset={"name": "Fashion-MNIST", "training_images": about["training_images"], "test_images": len(pixels)},
        metrics=evaluate(scores, labels).summary(),
        training={"seed": train.SEED, "batch_size": train.BATCH_SIZE, **about["training"]},
        files={},
    )
    return card, write_version(models, card, lambda folder: save_keras(model, folder))


def make_digits(models: Path, _epochs: int | None) -> tuple[ModelCard, Path]:
    """Fitting a logistic regression to scikit-learn's digits"""
    import skops.io

    from pipeline import digits, train
    from pipeline.evaluate import evaluate

    (train_x, train_y), (test_x, test_y) = digits.load_split(train.SEED)
    model = digits.train_digits(train_x, train_y)
    card = ModelCard(
        name="digits",
        version=1,
        description="Classify images of one handwritten digit",
        number_of_parameters=digits.count_parameters(model),
        input=InputSpec(digits.SHAPE, 0, digits.HIGH),
        classes=digits.CLASSES,
        framework=framework("scikit-learn"),
        dataset={"name": "scikit-learn digits", "training_images": len(train_x), "test_images": len(test_x)},
        metrics=evaluate(model.predict_proba(digits.to_rows(test_x)), test_y).summary(),
        training={"seed": train.SEED},
        files={},
    )
    return card, write_version(models, card, lambda folder: skops.io.dump(model, folder / "digits.skops"))


if __name__ == "__main__":
    typer.run(main)
