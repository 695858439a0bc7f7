package io.robusttrain.collective;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.WorkerPlace;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The exchange of a step between workers, each of which owns a slice of the flat vector: everybody
 * sends everybody else's part of its gradients, adds what it gets for its own slice, and sends the
 * slice's new weights to all. A worker sends and receives (N - 1) / N of the vector twice, the
 * least there is.
 *
 * <p>Gradients are added in float32 in the order of replicas and workers, so that the sum is the
 * same however they arrive. Used from one thread.
 */
final class SliceExchange implements AutoCloseable {
  private static final int GRADIENTS = 1;
  private static final int WEIGHTS = 2;
  private static final int NUMBERS = 3;

  private final GlooPeers peers;
  private final ReplicaVectors vectors;
  private final int size;
  private final int start;
  private final int length;
  private final Tensor mean;
  private final Tensor number;
  private final List<Tensor> received = new ArrayList<>();
  private final List<Tensor> numbers = new ArrayList<>();

  /** An exchange of vectors of {@code size} elements; peers and vectors stay the caller's. */
  SliceExchange(GlooPeers peers, ReplicaVectors vectors, int size) {
    this.peers = peers;
    this.vectors = vectors;
    this.size = size;
    this.start = peers.place().sliceStart(size);
    this.length = peers.place().sliceLength(size);
    try (PointerScope scope = new PointerScope()) {
      mean = torch.zeros(length).retainReference();
      number = oneNumber();
      for (int worker = 0; worker < peers.place().workers(); worker++) {
        boolean own = worker == peers.place().index();
        received.add(own ? null : torch.zeros(length).retainReference());
        numbers.add(own ? number : oneNumber());
      }
    }
  }

  private static Tensor oneNumber() {
    return torch.zeros(new long[] {1}, new TensorOptions(ScalarType.Double)).retainReference();
  }

  private Tensor part(Tensor vector, int worker) {
    WorkerPlace place = new WorkerPlace(worker, peers.place().workers(), 1);
    return vector.narrow(0, place.sliceStart(size), place.sliceLength(size));
  }

  private boolean isOwn(int worker) {
    return worker == peers.place().index();
  }

  /** Begins to send everybody else something. */
  private List<GlooPeers.Transfer> send(Tensor whole, boolean parts, int tag) {
    List<GlooPeers.Transfer> sent = new ArrayList<>();
    // Beginning with the next one, so that not all send to the first at once.
    for (int away = 1; away < received.size(); away++) {
      int worker = (peers.place().index() + away) % received.size();
      sent.add(peers.send(parts ? part(whole, worker) : whole, worker, tag));
    }
    return sent;
  }

  /**
   * Gives all replicas of all workers the weights of all slices.
   *
   * @param own this worker's slice
   */
  void gatherWeights(FloatSlice own) {
    Tensor weights = vectors.weights();
    try (PointerScope scope = new PointerScope()) {
      List<GlooPeers.Transfer> arriving = new ArrayList<>();
      for (int worker = 0; worker < received.size(); worker++) {
        if (!isOwn(worker)) {
          arriving.add(peers.receive(part(weights, worker), worker, WEIGHTS));
        }
      }
      Tensor mine = part(weights, peers.place().index());
      mine.data_ptr_float().put(own.array(), own.offset(), own.length());
      List<GlooPeers.Transfer> sent = send(mine, false, WEIGHTS);
      arriving.forEach(GlooPeers.Transfer::await);
      sent.forEach(GlooPeers.Transfer::await);
      vectors.spread();
    }
  }

  /**
   * The mean gradients of this worker's slice, over all replicas of all workers.
   *
   * @param into receives them
   */
  void meanGradients(float[] into) {
    try (PointerScope scope = new PointerScope()) {
      List<GlooPeers.Transfer> arriving = new ArrayList<>();
      for (int worker = 0; worker < received.size(); worker++) {
        arriving.add(isOwn(worker) ? null : peers.receive(received.get(worker), worker, GRADIENTS));
      }
      Tensor own = vectors.gradients(0);
      for (int replica = 1; replica < vectors.replicas(); replica++) {
        own.add_(vectors.gradients(replica));
      }
      List<GlooPeers.Transfer> sent = send(own, true, GRADIENTS);
      for (int worker = 0; worker < received.size(); worker++) {
        Tensor next = isOwn(worker) ? own.narrow(0, start, length) : received.get(worker);
        if (!isOwn(worker)) {
          arriving.get(worker).await();
        }
        if (worker == 0) {
          mean.copy_(next);
        } else {
          mean.add_(next);
        }
      }
      sent.forEach(GlooPeers.Transfer::await);
      mean.div_(new Scalar((float) (received.size() * vectors.replicas())));
      mean.data_ptr_float().get(into);
    }
  }

  /** The sum of a number over all workers, added in their order. */
  double sum(double own) {
    try (PointerScope scope = new PointerScope()) {
      number.data_ptr_double().put(own);
      List<GlooPeers.Transfer> moving = new ArrayList<>();
      for (int worker = 0; worker < received.size(); worker++) {
        if (!isOwn(worker)) {
          moving.add(peers.receive(numbers.get(worker), worker, NUMBERS));
        }
      }
      moving.addAll(send(number, false, NUMBERS));
      moving.forEach(GlooPeers.Transfer::await);
      double sum = 0;
      for (Tensor each : numbers) {
        sum += each.data_ptr_double().get();
      }
      return sum;
    }
  }

  @Override
  public void close() {
    mean.close();
    number.close();
    for (int worker = 0; worker < received.size(); worker++) {
      if (!isOwn(worker)) {
        received.get(worker).close();
        numbers.get(worker).close();
      }
    }
  }
}
