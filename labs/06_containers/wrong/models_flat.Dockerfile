# Files: copies the versions to where the models are looked for.
#
# Rejected by: test_the_models_are_where_the_server_looks
COPY --from=packages /opt/venv /opt/venv
COPY server/models/clothes /models/
COPY server/contract server/contract
COPY server/page server/page
COPY server/production server/production
COPY server/*.py server/
