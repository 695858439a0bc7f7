/**
 * Robust evaluation as a Spark job: an immutable plan, stages of attacks over blocks of images,
 * each block committed by its executor, checks before the number, and the result. May import Spark,
 * {@code attack}, {@code data}, {@code checkpoint}, {@code pretrained}, {@code model} and {@code
 * tensor}.
 */
package io.robusttrain.evaluate;
