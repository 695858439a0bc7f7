package io.robusttrain.objective;

import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Precision;
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
 * @param dropped the patch tokens that all forwards of the micro-batch keep; empty: all
 */
record StepModel(
    Classifier classifier,
    FlatParameters parameters,
    TrainingForwards forwards,
    Optional<Classifier> frozen,
    Precision precision,
    Precision attacked,
    Optional<TokenDropping.Draw> dropped) {
  StepModel in(Precision forward, Precision attack) {
    return new StepModel(classifier, parameters, forwards, frozen, forward, attack, dropped);
  }

  StepModel dropping(TokenDropping.Draw draw) {
    return new StepModel(
        classifier, parameters, forwards, frozen, precision, attacked, Optional.of(draw));
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
    return dropped.map(pass::dropping).orElse(pass);
  }
}
