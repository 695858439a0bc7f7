/** How tests wait for what other threads and processes do. Imports nothing of ours. */
package io.robusttrain.waiting;
