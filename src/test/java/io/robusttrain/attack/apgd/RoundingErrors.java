package io.robusttrain.attack.apgd;

import io.robusttrain.attack.CnnTwins;
import io.robusttrain.attack.LossGradient;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.apgd.ApgdCase.Trail;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How wrong float32 may be at each query of a run, found in float64 at the run's own points.
 *
 * @param logits the largest error of any logit, (queries x images)
 * @param gradients the largest error of any value of the loss's gradient, (queries x images)
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, never changed or compared
record RoundingErrors(double[][] logits, double[][] gradients) {
  /** Those of a run over all images of a case. */
  static RoundingErrors along(Trail trail, ApgdCase attack, CnnTwins twins) {
    int queries = trail.points().size();
    RoundingErrors errors = new RoundingErrors(new double[queries][], new double[queries][]);
    for (int query = 0; query < queries; query++) {
      try (PointerScope scope = new PointerScope()) {
        float[] point = trail.points().get(query);
        Tensor pixels =
            Tensors.of(point, ComputeDevice.CPU, ApgdCase.IMAGES, 3, 16, 16).to(ScalarType.Double);
        Tensor[] classes = attack.classes();
        List<LossGradient> answers =
            twins.each(
                twin ->
                    new Victim(twin)
                        .lossAndGradient(
                            pixels, z -> attack.climbed().of(z, classes[0], classes[1])));
        errors.logits[query] = spread(answers.stream().map(LossGradient::logits).toList());
        errors.gradients[query] = spread(answers.stream().map(LossGradient::gradient).toList());
      }
    }
    return errors;
  }

  private static double[] spread(List<Tensor> answers) {
    return CnnTwins.spread(answers.stream().map(Doubles::of).toList(), ApgdCase.IMAGES);
  }
}
