"""Train, measure and write the pinned models: ``python -m pipeline``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.export import framework, write_version
from server.model_card import InputSpec, ModelCard
from server.quiet import import_tensorflow
from server.repository import PINNED_MODELS

console = Console()


def main(
    models: Annotated[Path, typer.Option(help="The model repository to write to.")] = PINNED_MODELS,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs for the clothes model.")] = None,
) -> None:
    """Train the clothes and the digits model and write them, with their cards, into a model repository.

    Example: python -m pipeline --models work/models --epochs 3
    """
    for make in (make_clothes, make_digits):
        with console.status(f"{make.__doc__}"):
            card, folder = make(models, epochs)
        console.print(f"{card.name} v{card.version}: test accuracy {card.metrics['accuracy']}, in {folder}")


def make_clothes(models: Path, epochs: int | None) -> tuple[ModelCard, Path]:
    """Training LeNet-5 on Fashion-MNIST"""
    import_tensorflow()
    from keras.datasets import fashion_mnist

    from pipeline import dataset, train
    from pipeline.evaluate import evaluate
    from server.preprocessing import to_model_input

    dataset.ensure(console.print)
    (train_x, train_y), (test_x, test_y) = fashion_mnist.load_data()
    epochs = epochs or train.EPOCHS
    model, _ = train.train_lenet(train_x, train_y, epochs)
    scores = model.predict(to_model_input(test_x), batch_size=1000, verbose=0)
    card = ModelCard(
        name="clothes",
        version=1,
        description="Classify images containing articles of clothing",
        number_of_parameters=model.count_params(),
        input=InputSpec(test_x.shape[1:], 0, 255),
        classes=dataset.CLASSES,
        framework=framework("keras"),
        dataset={"name": "Fashion-MNIST", "training_images": len(train_x), "test_images": len(test_x)},
        metrics=evaluate(scores, test_y).summary(),
        training={
            "seed": train.SEED,
            "epochs": epochs,
            "batch_size": train.BATCH_SIZE,
            "validation_share": train.VALIDATION_SHARE,
        },
        files={},
    )
    return card, write_version(models, card, "clothes.keras", model.save)


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
    return card, write_version(models, card, "digits.skops", lambda path: skops.io.dump(model, path))


if __name__ == "__main__":
    typer.run(main)
