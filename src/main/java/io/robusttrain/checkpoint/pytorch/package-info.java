/**
 * Reads the weights out of files that PyTorch's torch.save wrote, without PyTorch and without
 * running anything the file names: a pickle machine that refuses every name but those of tensors.
 *
 * <p>In: A PyTorch file. Out: Named tensors.
 *
 * <p>Imports {@code checkpoint.tensors}.
 */
package io.robusttrain.checkpoint.pytorch;
