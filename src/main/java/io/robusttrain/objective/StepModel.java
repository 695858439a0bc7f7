package io.robusttrain.objective;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Precision;
import io.robusttrain.tensor.Tensors;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * The model as one micro-batch sees it. Borrows all its parts.
 *
 * @param classifier bound to {@code parameters}
 * @param parameters the leaves
 * @param forwards the micro-batch's training forwards
 * @param frozen the model that {@link Objective#frozenModel} named
 * @param precision of the forwards of the loss
 * @param attacked of the forwards that attacks go through
 * @param dropped which patch tokens all forwards of the micro-batch keep; empty: all
 */
record StepModel(
    Classifier classifier,
    FlatParameters parameters,
    TrainingForwards forwards,
    Optional<Classifier> frozen,
    Precision precision,
    Precision attacked,
    Optional<Dropped> dropped) {
  /**
   * Patch tokens that are left out.
   *
   * @param draw which
   * @param grid of all
   */
  record Dropped(TokenDropping.Draw draw, TokenDropping.Grid grid) {
    /** The share of the tokens that is kept. */
    double keptShare() {
      return (double) draw.dropping().kept(grid.rows(), grid.columns()) / grid.tokens();
    }

    /**
     * The pixels of the patches that are kept.
     *
     * @param pixels float32 (B, C, H, W); gives shape and device
     * @return float32 (B, 1, H, W) in the caller's scope: 1 in these patches, 0 elsewhere
     */
    Tensor pixels(Tensor pixels) {
      int images = Math.toIntExact(pixels.size(0));
      int[] places = draw.places(images, grid.rows(), grid.columns());
      int kept = places.length / images;
      float[] tokens = new float[images * grid.tokens()];
      for (int i = 0; i < places.length; i++) {
        tokens[i / kept * grid.tokens() + places[i]] = 1;
      }
      long height = pixels.size(2);
      long width = pixels.size(3);
      long[] byPatch = {images, 1, grid.rows(), 1, grid.columns(), 1};
      long[] byPixel = {
        images, 1, grid.rows(), height / grid.rows(), grid.columns(), width / grid.columns()
      };
      return Tensors.scoped(
          () ->
              Tensors.of(tokens, ComputeDevice.of(pixels), byPatch)
                  .expand(byPixel)
                  .reshape(images, 1, height, width));
    }
  }

  StepModel in(Precision forward, Precision attack) {
    return new StepModel(classifier, parameters, forwards, frozen, forward, attack, dropped);
  }

  StepModel dropping(Dropped tokens) {
    return new StepModel(
        classifier, parameters, forwards, frozen, precision, attacked, Optional.of(tokens));
  }

  StepModel trial() {
    return new StepModel(
        classifier, parameters, forwards.trial(), frozen, precision, attacked, dropped);
  }

  /** Logits float32 (B, K) of a training forward of the loss. */
  Tensor forward(Tensor pixels) {
    return precision.logits(parameters.device(), () -> forwards.forward(pixels, this::kept));
  }

  /** Logits float32 (B, K) of a training forward of an attack. */
  Tensor attackForward(Tensor pixels) {
    return attacked.logits(parameters.device(), () -> forwards.forward(pixels, this::kept));
  }

  /** Logits float32 (B, K) of a forward of an attack in eval mode. */
  Tensor attackEvalForward(Tensor pixels) {
    return attacked.logits(
        parameters.device(), () -> classifier.forward(pixels, kept(ForwardPass.eval())));
  }

  private ForwardPass kept(ForwardPass pass) {
    return dropped.map(Dropped::draw).map(pass::dropping).orElse(pass);
  }
}
