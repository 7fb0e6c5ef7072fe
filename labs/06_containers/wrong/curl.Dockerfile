# Health: asks with a program that a slim image does not have.
#
# Rejected by: test_the_command_is_in_the_image, test_it_tells_well_from_unwell
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD curl --fail http://127.0.0.1:8000/readyz || exit 1
