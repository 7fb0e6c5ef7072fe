# Files: copies the code before the models, so a changed line copies the models again.
#
# Rejected by: test_what_changes_least_comes_first
COPY --from=packages /opt/venv /opt/venv
COPY server/contract server/contract
COPY server/page server/page
COPY server/production server/production
COPY server/*.py server/
COPY server/models/clothes /models/clothes
