package io.robusttrain.collective;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.WorkerPlace;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
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
 * <p>Gradients go in parts of the vector, each when it is complete, and the rest in the end. They
 * are added in float32 in the order of replicas and workers, so that the sum is the same however
 * they arrive. Used from one thread.
 */
final class SliceExchange implements AutoCloseable {
  private static final int WEIGHTS = 1;
  private static final int NUMBERS = 2;

  /** And as many more as there are parts. */
  private static final int GRADIENTS = 3;

  private final GlooPeers peers;
  private final ReplicaVectors vectors;
  private final int size;
  private final int start;
  private final int length;
  private final Tensor mean;
  private final Tensor number;
  private final List<Tensor> received = new ArrayList<>();
  private final List<Tensor> numbers = new ArrayList<>();
  private final List<Integer> partEnds;

  /** Of the step that is exchanged; those that arrive are in the order of the workers. */
  private final List<List<GlooPeers.Transfer>> arriving = new ArrayList<>();

  private final List<GlooPeers.Transfer> sent = new ArrayList<>();
  private final BitSet sentParts = new BitSet();

  /** An exchange of vectors of {@code size} elements; peers and vectors stay the caller's. */
  SliceExchange(GlooPeers peers, ReplicaVectors vectors, int size) {
    this.peers = peers;
    this.vectors = vectors;
    this.size = size;
    this.partEnds = vectors.partEnds();
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

  /**
   * A part's first element, or the part's end, within a worker's slice: 0 to the slice's length.
   */
  private int within(int element, int worker) {
    WorkerPlace place = new WorkerPlace(worker, peers.place().workers(), 1);
    int within = element - place.sliceStart(size);
    return Math.max(0, Math.min(within, place.sliceLength(size)));
  }

  /** The elements of a slice that a part has; nothing if it has none. */
  private Optional<Tensor> overlap(Tensor slice, int worker, int part) {
    int from = within(part == 0 ? 0 : partEnds.get(part - 1), worker);
    int end = within(partEnds.get(part), worker);
    return from == end ? Optional.empty() : Optional.of(slice.narrow(0, from, end - from));
  }

  private boolean isOwn(int worker) {
    return worker == peers.place().index();
  }

  /** All others, beginning with the next one, so that not all send to the first at once. */
  private List<Integer> others() {
    List<Integer> others = new ArrayList<>();
    for (int away = 1; away < received.size(); away++) {
      others.add((peers.place().index() + away) % received.size());
    }
    return others;
  }

  /** Begins to send everybody else the same. */
  private List<GlooPeers.Transfer> sendAll(Tensor whole, int tag) {
    return others().stream().map(worker -> peers.send(whole, worker, tag)).toList();
  }

  /**
   * Gives all replicas of all workers the weights of all slices.
   *
   * @param own this worker's slice
   */
  void gatherWeights(FloatSlice own) {
    Tensor weights = vectors.weights();
    try (PointerScope scope = new PointerScope()) {
      List<GlooPeers.Transfer> incoming = new ArrayList<>();
      for (int worker = 0; worker < received.size(); worker++) {
        if (!isOwn(worker)) {
          incoming.add(peers.receive(part(weights, worker), worker, WEIGHTS));
        }
      }
      Tensor mine = part(weights, peers.place().index());
      mine.data_ptr_float().put(own.array(), own.offset(), own.length());
      List<GlooPeers.Transfer> leaving = sendAll(mine, WEIGHTS);
      incoming.forEach(GlooPeers.Transfer::await);
      leaving.forEach(GlooPeers.Transfer::await);
      vectors.spread();
    }
  }

  /** Begins to receive the others' gradients of a step. */
  void expectGradients() {
    try (PointerScope scope = new PointerScope()) {
      for (int worker = 0; worker < received.size(); worker++) {
        List<GlooPeers.Transfer> parts = new ArrayList<>();
        for (int part = 0; part < partEnds.size() && !isOwn(worker); part++) {
          Optional<Tensor> into = overlap(received.get(worker), peers.place().index(), part);
          if (into.isPresent()) {
            parts.add(peers.receive(into.get(), worker, GRADIENTS + part));
          }
        }
        arriving.add(parts);
      }
    }
  }

  /** Begins to send a part of this worker's gradients, which is complete. */
  void sendGradients(int part) {
    if (sentParts.get(part)) {
      throw new IllegalStateException("part %d of a gradient is complete twice".formatted(part));
    }
    sentParts.set(part);
    try (PointerScope scope = new PointerScope()) {
      for (int worker : others()) {
        overlap(part(vectors.gradients(0), worker), worker, part)
            .ifPresent(what -> sent.add(peers.send(what, worker, GRADIENTS + part)));
      }
    }
  }

  /**
   * The mean gradients of this worker's slice, over all replicas of all workers, when all of this
   * worker's have computed. NaN if any of them has nothing but NaN.
   *
   * @param into receives them
   */
  void meanGradients(float[] into) {
    if (arriving.isEmpty()) {
      expectGradients();
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor own = vectors.gradients(0);
      for (int replica = 1; replica < vectors.replicas(); replica++) {
        own.add_(vectors.gradients(replica));
      }
      for (int part = 0; part < partEnds.size(); part++) {
        if (!sentParts.get(part)) {
          sendGradients(part);
        }
      }
      for (int worker = 0; worker < received.size(); worker++) {
        Tensor next = isOwn(worker) ? own.narrow(0, start, length) : received.get(worker);
        arriving.get(worker).forEach(GlooPeers.Transfer::await);
        if (worker == 0) {
          mean.copy_(next);
        } else {
          mean.add_(next);
        }
      }
      sent.forEach(GlooPeers.Transfer::await);
      mean.div_(new Scalar((float) (received.size() * vectors.replicas())));
      if (partEnds.size() > 1 && spoilt(own)) {
        mean.fill_(new Scalar(Float.NaN));
      }
      mean.data_ptr_float().get(into);
      arriving.clear();
      sent.clear();
      sentParts.clear();
    }
  }

  /** Whether anybody's gradient became NaN after parts of it had been sent. */
  private boolean spoilt(Tensor own) {
    return sum(Float.isNaN(own.data_ptr_float().get()) ? 1 : 0) > 0;
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
      moving.addAll(sendAll(number, NUMBERS));
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
