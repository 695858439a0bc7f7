package io.robusttrain.attack;

import org.bytedeco.pytorch.Tensor;

/**
 * The results of one forward and one backward pass.
 *
 * @param logits float32 (B, K)
 * @param losses float32 (B)
 * @param gradient of each image's loss, float32 (B, C, H, W)
 */
public record LossGradient(Tensor logits, Tensor losses, Tensor gradient) {}
