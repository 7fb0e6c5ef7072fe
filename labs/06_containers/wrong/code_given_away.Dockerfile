# Files: gives all of it to the user that the server runs as.
#
# Rejected by: test_the_server_cannot_change_its_own_code
COPY --from=packages /opt/venv /opt/venv
COPY server/models/clothes /models/clothes
COPY server/contract server/contract
COPY server/page server/page
COPY server/production server/production
COPY server/*.py server/
RUN chown -R app:app /app
