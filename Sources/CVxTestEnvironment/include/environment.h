#pragma once

// Nothing to call: what is linked with this target sees neither the user's settings of git nor the machine's, whatever
// its environment says.
