# Files: copies the notebooks, the pipeline and the tool as well.
#
# Rejected by: test_nothing_else_gets_into_the_image
COPY --from=packages /opt/venv /opt/venv
COPY server/models/clothes /models/clothes
COPY . .
