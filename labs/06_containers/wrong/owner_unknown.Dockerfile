# Files: gives the models to a user who does not exist, and the build stops.
#
# Rejected by: test_the_server_cannot_change_its_own_code
COPY --from=packages /opt/venv /opt/venv
COPY --chown=server server/models/clothes /models/clothes
COPY server/contract server/contract
COPY server/page server/page
COPY server/production server/production
COPY server/*.py server/
