/**
 * Reads the weights out of files that PyTorch's {@code torch.save} wrote, without PyTorch and
 * without running anything the file names: a pickle machine of our own that knows the names tensors
 * are rebuilt with and refuses every other one. May import {@code checkpoint} and nothing else of
 * this project.
 */
package io.robusttrain.checkpoint.pytorch;
