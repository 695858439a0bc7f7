package io.robusttrain.attack;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.tensor.Tensors;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A classifier under evaluation: always in eval mode, with its forward and backward passes counted.
 * Gradients are those of the pixels alone; no parameter's gradient is computed or changed.
 *
 * <p>Borrows the classifier. Results belong to the caller's {@code PointerScope}; intermediates are
 * released. Not thread-safe.
 */
public final class Victim {
  private final Classifier model;
  private final int fullPass;
  private long forwardImages;
  private long backwardImages;

  /** Wraps a classifier, which stays the caller's. */
  public Victim(Classifier model) {
    this(model, 1);
  }

  /**
   * Wraps a classifier, which stays the caller's.
   *
   * @param fullPass the images up to which a pass costs hardly more than one of a single image, at
   *     least 1: attacks fill passes with what they would try next
   */
  public Victim(Classifier model, int fullPass) {
    if (fullPass < 1) {
      throw new IllegalArgumentException("a pass has at least one image: " + fullPass);
    }
    this.model = model;
    this.fullPass = fullPass;
  }

  /**
   * How many variants of each image an attack should try in one pass: as many as there is room for,
   * at least 1.
   *
   * @param images that are attacked, at least 1
   */
  public int variants(int images) {
    return Math.max(1, fullPass / images);
  }

  /** The rows of the largest pass in which some images and their {@link #variants} go. */
  public int largestPass(int images) {
    return Math.max(fullPass, images);
  }

  /**
   * Classifies without recording anything for a gradient.
   *
   * @param pixels float32 (B, C, H, W) in [0,1]
   * @return logits, float32 (B, K)
   */
  public Tensor logits(Tensor pixels) {
    return Tensors.unrecorded(() -> forward(pixels));
  }

  /**
   * The predicted classes, without recording anything for a gradient.
   *
   * @param pixels float32 (B, C, H, W) in [0,1]
   * @return int64 (B)
   */
  public Tensor predictions(Tensor pixels) {
    // A handle of its own: the pair's elements die with the pair.
    return Tensors.scoped(() -> new Tensor(logits(pixels).max(1).get1()));
  }

  /**
   * One forward and one backward pass: a loss of each image and its gradient.
   *
   * @param pixels float32 (B, C, H, W) in [0,1]
   * @param loss gives float32 (B) for logits (B, K), each value a function of its own row only
   */
  public LossGradient lossAndGradient(Tensor pixels, UnaryOperator<Tensor> loss) {
    Tensor logits = new Tensor();
    Tensor losses = new Tensor();
    Tensor gradient = new Tensor();
    try (PointerScope scope = new PointerScope();
        AutoGradMode recording = new AutoGradMode(true)) {
      Tensor leaf = leaf(pixels);
      Tensor output = forward(leaf);
      Tensor values = loss.apply(output);
      gradient.put(torch.grad(new TensorVector(values.sum()), new TensorVector(leaf)).get(0));
      backwardImages += pixels.size(0);
      logits.put(output.detach());
      losses.put(values.detach());
    }
    return new LossGradient(logits, losses, gradient);
  }

  /** The images classified so far, those of the passes with a gradient included. */
  public long forwardImages() {
    return forwardImages;
  }

  /** The images whose gradient was computed so far, once for each backward pass. */
  public long backwardImages() {
    return backwardImages;
  }

  /**
   * A forward pass that records if autograd does, for attacks that differentiate themselves.
   *
   * @return float32 (B, K), in the caller's {@code PointerScope} with all intermediates
   */
  public Tensor forward(Tensor pixels) {
    forwardImages += pixels.size(0);
    return model.forward(pixels, ForwardPass.eval());
  }

  /** Counts backward passes that {@link #forward}'s caller makes itself. */
  public void countBackward(long images) {
    backwardImages += images;
  }

  private static Tensor leaf(Tensor pixels) {
    Tensor leaf = pixels.detach();
    leaf.set_requires_grad(true);
    return leaf;
  }
}
