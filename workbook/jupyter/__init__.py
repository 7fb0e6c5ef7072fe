"""JupyterLab and what it shows: the course's list, how far the student is, and the way in from Colab.

Begin with ``application``, behind ``workbook lab``. It imports ``notebooks`` and ``labs``, whose list it shows.
"""
