/** Readers of the recorded reference values that tests compare with. Imports nothing of ours. */
package io.robusttrain.oracle;
