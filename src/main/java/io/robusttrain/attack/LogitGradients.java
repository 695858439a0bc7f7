package io.robusttrain.attack;

import org.bytedeco.pytorch.Tensor;

/**
 * Logits and the gradient of each.
 *
 * @param logits float32 (B, K)
 * @param gradients float32 (B, K, C, H, W)
 */
public record LogitGradients(Tensor logits, Tensor gradients) {}
