"""What can be said of a model in use: labels bought, slices, what it looks at, and the page that tells it.

Begin with ``labels``, which estimates an accuracy from few labels, or with ``page``, which puts all of it on one page.
It imports the server, for the model card; notebooks, labs and ``workbook`` import it.
"""
