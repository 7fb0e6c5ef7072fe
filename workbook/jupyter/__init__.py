"""JupyterLab and what it shows: the course's list, how far the student is, and the ways in for containers and Colab.

Begin with ``application``, behind ``workbook lab``; in a container ``entrypoint`` comes first. It imports ``notebooks``
and ``labs``, whose list it shows.
"""
