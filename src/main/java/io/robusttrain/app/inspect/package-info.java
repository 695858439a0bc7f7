/**
 * RobustInspect: models, checkpoints and files of weights in words and figures.
 *
 * <p>In: Arguments. Out: Text on the screen.
 *
 * <p>Imports {@code app}, {@code app.cli}, {@code base}, {@code checkpoint.card}, {@code
 * checkpoint.tensors}, {@code evaluate.published}, {@code model}, {@code model.family}, {@code
 * pretrained}, {@code report}, {@code storage}, {@code tensor}.
 */
package io.robusttrain.app.inspect;
