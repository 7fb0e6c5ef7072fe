# Files: moves the environment, although its scripts and links name the place where it was made.
#
# Rejected by: test_the_packages_get_into_the_image
COPY --from=packages /opt/venv /app/venv
COPY server/models/clothes /models/clothes
COPY server/contract server/contract
COPY server/page server/page
COPY server/production server/production
COPY server/*.py server/
