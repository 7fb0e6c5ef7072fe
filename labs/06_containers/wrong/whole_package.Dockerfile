# Files: copies the whole folder `server`, which brings the models a second time, the clients and the stand-in.
#
# Rejected by: test_nothing_else_gets_into_the_image
COPY --from=packages /opt/venv /opt/venv
COPY --chown=app server/models/clothes /models/clothes
COPY server server
