"""All chapters, in the order of the README: importing one registers its scenarios."""

import sabotage  # noqa: F401,I001
import kill  # noqa: F401,I001
import memory  # noqa: F401
import database  # noqa: F401
import disk  # noqa: F401
import power  # noqa: F401
import batch  # noqa: F401
import folder  # noqa: F401
import writes  # noqa: F401
import names  # noqa: F401
import content  # noqa: F401
import pipes  # noqa: F401
import configuration  # noqa: F401
import environment  # noqa: F401
import privileges  # noqa: F401
import strangers  # noqa: F401
import soak  # noqa: F401
