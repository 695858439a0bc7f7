/**
 * The seam between what is trained and what distributes it. A {@link
 * io.robusttrain.engine.TrainingEngine} moves flat vectors between workers and tells each {@link
 * io.robusttrain.engine.Worker} which step to compute; it knows nothing of images, models or
 * attacks. Imports nothing of ours.
 */
package io.robusttrain.engine;
