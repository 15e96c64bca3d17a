#include "sp/columns.h"
