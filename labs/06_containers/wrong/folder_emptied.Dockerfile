# Files: takes `COPY` for `cp -r`: what is in the folders ends in one heap.
#
# Rejected by: test_the_server_is_where_python_looks_for_it
COPY --from=packages /opt/venv /opt/venv
COPY server/models/clothes /models/clothes
COPY server/contract server/page server/production server/*.py server/
