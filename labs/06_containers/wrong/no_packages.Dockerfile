# Files: forgets the other stage.
#
# Rejected by: test_the_packages_get_into_the_image
COPY server/models/clothes /models/clothes
COPY server/contract server/contract
COPY server/page server/page
COPY server/production server/production
COPY server/*.py server/
