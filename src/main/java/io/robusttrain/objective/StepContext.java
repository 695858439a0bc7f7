package io.robusttrain.objective;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Precision;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What an objective may use for one micro-batch: its images and targets, the model in both modes,
 * the parameters, and the keys of its random draws. Borrows all its parts; lives as long as the
 * step. Not thread-safe.
 */
public final class StepContext {
  private final Pixels clean;
  private final Targets targets;
  private final MicroBatchContext context;
  private final SlotMemory memory;
  private final StepModel model;

  StepContext(
      Pixels clean,
      Targets targets,
      MicroBatchContext context,
      SlotMemory memory,
      StepModel model) {
    this.clean = clean;
    this.targets = targets;
    this.context = context;
    this.memory = memory;
    this.model = model;
  }

  /** The same step with other clean images, which show something else. */
  public StepContext with(Pixels otherImages, Targets otherTargets) {
    return new StepContext(otherImages, otherTargets, context, memory, model);
  }

  /**
   * The same step with its forwards in a precision; logits are float32 in any.
   *
   * @param forward of those of the loss
   * @param attack of those of attacks
   */
  StepContext in(Precision forward, Precision attack) {
    return new StepContext(clean, targets, context, memory, model.in(forward, attack));
  }

  /**
   * The same step with only some of the patch tokens: the same ones in every forward, of the attack
   * and of the loss, and in every step that is taken on the same images in a row.
   *
   * @param grid of all patch tokens
   */
  public StepContext dropping(TokenDropping dropping, TokenDropping.Grid grid) {
    TokenDropping.Draw draw =
        new TokenDropping.Draw(dropping, context.imagesKey().with("patch-drop"));
    return new StepContext(
        clean, targets, context, memory, model.dropping(new StepModel.Dropped(draw, grid)));
  }

  /**
   * Takes changes of the clean images back where the patches are left out, so that an attack whose
   * values share one radius spends none of it there. A convolution that reads beyond its patch may
   * still have a gradient there.
   *
   * @param changed float32 (B, C, H, W) of the clean images
   * @return float32 (B, C, H, W) in the caller's scope; what was given if all patches are kept
   */
  public Tensor onKeptPatches(Tensor changed) {
    return model
        .dropped()
        .map(
            dropped ->
                Tensors.scoped(
                    () -> {
                      Tensor origin = clean.tensor().detach();
                      Tensor kept = dropped.pixels(origin);
                      return changed.sub(origin).mul_(kept).add_(origin);
                    }))
        .orElse(changed);
  }

  /** The share of the patch tokens that the step's forwards keep. */
  public double keptShare() {
    return model.dropped().map(StepModel.Dropped::keptShare).orElse(1.0);
  }

  /**
   * The same step on trial: its training forwards draw the drop path that the next ones of this
   * step will draw, and leave the running statistics and the count of forwards alone.
   */
  StepContext trial() {
    return new StepContext(clean, targets, context, memory, model.trial());
  }

  /** The clean images (B, C, H, W). */
  public Pixels clean() {
    return clean;
  }

  /** The classes that the clean images show. */
  public Targets targets() {
    return targets;
  }

  /** The epoch, counted from 0. */
  public long epoch() {
    return context.slot().epoch();
  }

  /** The radius of the attack in this epoch, pixels being in [0,1]. */
  public double radius() {
    return context.radius();
  }

  /** Draws of unit scale for the start of an Linf attack. */
  public NoiseSource noise() {
    return context.noise();
  }

  /** The key of this micro-batch's draws for a purpose, such as {@code "attack-target"}. */
  public SeedKey key(String purpose) {
    return context.key().with(purpose);
  }

  /**
   * A training forward of the loss: batch statistics, which it adds to the step's, and drop path
   * with draws of its own.
   *
   * @param pixels float32 (B, C, H, W)
   * @return float32 (B, K) in the caller's {@code PointerScope}
   */
  public Tensor forward(Tensor pixels) {
    return model.forward(pixels);
  }

  /** A forward of an attack in eval mode. */
  public Tensor attackEvalForward(Tensor pixels) {
    return model.attackEvalForward(pixels);
  }

  /** A forward of an attack in training mode, which moves the running statistics. */
  public Tensor attackForward(Tensor pixels) {
    return model.attackForward(pixels);
  }

  /** The model that {@link Objective#frozenModel} named, with its own weights. */
  public Classifier frozen() {
    return model.frozen().orElseThrow();
  }

  /**
   * The parameters, as leaves. Whoever changes values must put them back, see {@link
   * StepLoss#afterBackward}; the gradients belong to {@link MicroBatchStep}.
   */
  public FlatParameters parameters() {
    return model.parameters();
  }

  /**
   * What {@link #remember} kept for this micro-batch's slot in the previous step of the same epoch;
   * empty in an epoch's first step.
   *
   * @return float32 (B', C, H, W), B' at least B; owned by the memory
   */
  public Optional<Tensor> remembered() {
    return memory.recall(context.slot());
  }

  /** Keeps a copy of a tensor for this slot's next step in place of what was kept before. */
  public void remember(Tensor tensor) {
    memory.keep(context.slot(), tensor);
  }
}
