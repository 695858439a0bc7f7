package io.robusttrain.attack.fab;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.Victim;
import io.robusttrain.tensor.Tensors;
import java.io.Serializable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One run of FAB (Croce and Hein, "Minimally distorted adversarial examples with a fast adaptive
 * boundary attack", 2020): from a start, again and again onto the linearised decision boundary and
 * a little beyond, drawn towards the clean image, keeping the nearest point that was misclassified.
 * Without a final search, as in AutoAttack. Thread-safe.
 *
 * @param threat its norm is what is minimised; its radius does not limit the search
 * @param iterations at least 1
 */
@Immutable
record BoundarySearch(ThreatModel threat, int iterations) implements Serializable {
  /** The largest share of the step that starts at the clean image. */
  private static final double ALPHA_MAX = 0.1;

  /** How far beyond the boundary a step aims. */
  private static final double OVERSHOOT = 1.05;

  /** The part of the change that stays after a misclassified iterate. */
  private static final double BACKWARD = 0.9;

  private static final double SHORTEST_MOVE = 1e-8;

  /**
   * What a run found.
   *
   * @param pixels float32 (N, C, H, W): the nearest misclassified iterate, or the clean image
   * @param distances float32 (N): its distance, or infinity
   */
  record Found(Tensor pixels, Tensor distances) {}

  /**
   * Searches around each image.
   *
   * @param clean float32 (N, C, H, W) in [0,1]
   * @param labels int64 (N)
   * @param start float32 (N, C, H, W) in [0,1]
   * @return in the caller's {@code PointerScope}
   */
  Found run(Victim victim, Boundary boundary, Tensor clean, Tensor labels, Tensor start) {
    Tensor nearest = new Tensor();
    Tensor distances = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      Tensor origin = clean.flatten(1, -1);
      Tensor point = start.flatten(1, -1);
      nearest.put(origin.clone());
      distances.put(threat.distances(origin, origin).add_(new Scalar(Double.POSITIVE_INFINITY)));
      for (int iteration = 0; iteration < iterations; iteration++) {
        try (PointerScope step = new PointerScope()) {
          Tensor moved = step(boundary.at(point.view_as(clean)), point, origin);
          Tensor fooled = victim.predictions(moved.view_as(clean)).ne(labels);
          Tensor distance = threat.distances(moved, origin);
          Tensor nearer = distance.lt(distances).logical_and_(fooled);
          distances.put(torch.where(nearer, distance, distances));
          nearest.put(torch.where(nearer.unsqueeze(1), moved, nearest));
          Tensor back = moved.sub(origin).mul_(new Scalar(BACKWARD)).add_(origin);
          point.put(torch.where(fooled.unsqueeze(1), back, moved));
        }
      }
      nearest.put(nearest.view_as(clean));
    }
    return new Found(nearest, distances);
  }

  /** Onto the boundary from the point and from the clean image, and between the two results. */
  private Tensor step(Boundary.Linearization plane, Tensor point, Tensor origin) {
    Tensor weights = plane.gradient();
    Tensor offsets = weights.mul(point).sum(1).sub_(plane.difference());
    Tensor moves =
        HyperplaneProjection.move(
            threat.norm(),
            torch.cat(new TensorVector(point, origin), 0),
            torch.cat(new TensorVector(weights, weights), 0),
            torch.cat(new TensorVector(offsets, offsets), 0));
    long count = point.size(0);
    Tensor lengths =
        threat.norm().lengths(moves).clamp_min_(new Scalar(SHORTEST_MOVE)).unsqueeze(1);
    Tensor own = lengths.narrow(0, 0, count);
    Tensor share = own.div(own.add(lengths.narrow(0, count, count)));
    share = share.clamp_max_(new Scalar(ALPHA_MAX));
    moves.mul_(new Scalar(OVERSHOOT));
    Tensor fromPoint = moves.narrow(0, 0, count).add_(point);
    Tensor fromOrigin = moves.narrow(0, count, count).add_(origin);
    Tensor mixed = fromPoint.mul_(share.neg().add_(new Scalar(1.0))).add_(fromOrigin.mul_(share));
    return Tensors.clamp(mixed, 0, 1);
  }
}
