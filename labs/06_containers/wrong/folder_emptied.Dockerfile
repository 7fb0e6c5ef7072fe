# Files: takes `COPY` for `cp -r`, so the contents of all folders end up in one heap.
#
# Rejected by: test_the_server_is_where_python_looks_for_it
COPY --from=packages /opt/venv /opt/venv
COPY server/models/clothes /models/clothes
COPY server/contract server/page server/production server/*.py server/
