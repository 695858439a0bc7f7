package io.robusttrain.train.worker;

import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.data.load.StepSamples;
import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.NativeVectors;
import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.StepFault;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerReport;
import io.robusttrain.engine.WorkerSlice;
import io.robusttrain.objective.LaneMemory;
import io.robusttrain.objective.MicroBatchContext;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.StepOutcome;
import io.robusttrain.optim.SliceOptimizer;
import io.robusttrain.optim.SliceState;
import io.robusttrain.optim.StepHyperparameters;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.Fp32Precision;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.NativeThread;
import io.robusttrain.tensor.SeedKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import org.apache.commons.lang3.SerializationUtils;
import org.bytedeco.javacpp.PointerScope;

/**
 * A worker that attacks and trains on images in libtorch. {@link #compute} may be called for
 * different replicas at the same time; everything else is called by one thread at a time.
 */
public final class ReplicaWorker implements Worker {
  private final TrainingJob job;
  private final WorkerPlace place;
  private final SampleSupply supply;
  private final SliceOptimizer optimizer;
  private final List<Replica> replicas = new ArrayList<>();
  private final ReplicaTotals[] totals;
  private final List<List<StepFault>> faults = new ArrayList<>();

  private List<MicroBatch> samples = List.of();
  private List<SampleFault> badSamples = List.of();
  private long step = -1;
  private double loadSeconds;
  private double updateSeconds;
  private double squaredNorm = Double.NaN;
  private long updatedStep = -1;
  private FloatSlice weights;
  private int sliceStart;
  private double rateScale = 1;
  private boolean reinforced;
  private boolean stateful;
  private Optional<EvalLoader> kept = Optional.empty();

  /** What one replica did in the current step; times in seconds. */
  private record ReplicaTotals(
      long samples, long correct, double attack, double train, double convert) {
    static final ReplicaTotals NONE = new ReplicaTotals(0, 0, 0, 0, 0);
  }

  /** What creates the workers of a job where they run. */
  public static WorkerFactory<ReplicaWorker> factory(TrainingJob job) {
    return place -> new ReplicaWorker(job, place);
  }

  private ReplicaWorker(TrainingJob job, WorkerPlace place) {
    this.job = job;
    this.place = place;
    NativeRuntime.start(job.threads().intraOp());
    this.supply =
        job.samples().training(job.order(), job.seed(), job.lanes(place), job.threads().decode());
    this.optimizer = SerializationUtils.clone(job.optimizer());
    this.totals = new ReplicaTotals[place.replicas()];
    Arrays.fill(totals, ReplicaTotals.NONE);
    for (int i = 0; i < place.replicas(); i++) {
      String name = "replica-%d.%d".formatted(place.index(), i);
      replicas.add(
          new Replica(job.architecture(), job.validated(), job.objective(), job.device(), name));
      faults.add(List.of());
    }
  }

  @Override
  public void load(long newStep) {
    long start = System.nanoTime();
    badSamples = List.of();
    // Replays of a batch come in a row and are loaded once.
    if (samples.isEmpty() || newStep != step + 1 || newStep % job.objective().replays() == 0) {
      StepSamples loaded = supply.load(job.clock().epoch(newStep), batchOf(newStep));
      samples = loaded.microBatches();
      badSamples =
          loaded.bad().stream().map(bad -> new SampleFault(bad.sampleId(), bad.problem())).toList();
    }
    step = newStep;
    loadSeconds = (System.nanoTime() - start) / 1e9;
  }

  /** The batch of its epoch that a step trains on. */
  private int batchOf(long of) {
    return job.clock().stepInEpoch(of) / job.objective().replays();
  }

  @Override
  public double compute(long currentStep, int index, FloatSlice source, FloatSlice gradients) {
    return compute(
        currentStep, index, new ReplicaExchange.ByArrays(source, gradients), Optional.empty());
  }

  @Override
  public Optional<NativeVectors> vectors(int replica) {
    FlatParameters own = replicas.get(replica).parameters();
    if (!own.isHostFloats()) {
      return Optional.empty();
    }
    try (PointerScope scope = new PointerScope()) {
      return Optional.of(
          new NativeVectors(
              own.values().data_ptr_float().address(),
              own.gradients().data_ptr_float().address(),
              own.layout().size(),
              FlatParameters.partEnds(own.layout())));
    }
  }

  @Override
  public double compute(long currentStep, int index) {
    return compute(currentStep, index, new ReplicaExchange.InPlace(), Optional.empty());
  }

  @Override
  public double compute(long currentStep, int index, IntConsumer complete) {
    return compute(currentStep, index, new ReplicaExchange.InPlace(), Optional.of(complete));
  }

  private double compute(
      long currentStep, int index, ReplicaExchange exchange, Optional<IntConsumer> complete) {
    if (currentStep != step) {
      throw new IllegalStateException(
          "asked to compute step %d with the samples of step %d".formatted(currentStep, step));
    }
    Replica replica = replicas.get(index);
    return replica.thread().call(() -> computeShare(replica, index, exchange, complete));
  }

  private double computeShare(
      Replica replica, int index, ReplicaExchange exchange, Optional<IntConsumer> complete) {
    // OpenMP keeps the number of threads per calling thread.
    NativeRuntime.start(job.threads().intraOp());
    job.fp32().choose();
    exchange.load(replica.parameters());
    replica.parameters().zeroGradients();
    int stepSamples = job.samples().samplesInStep(job.order(), batchOf(step));
    double loss = 0;
    ReplicaTotals total = ReplicaTotals.NONE;
    Iterator<MicroBatch> batches = share(index).iterator();
    while (batches.hasNext()) {
      MicroBatch batch = batches.next();
      replica.thread().requireOpen();
      MicroBatchContext context = context(batch, stepSamples);
      // The last one completes the sum over all.
      Replica.Accumulated done =
          complete.isEmpty() || batches.hasNext()
              ? replica.accumulate(batch, context)
              : replica.accumulateLast(batch, context, complete.get());
      loss += context.weight() * done.outcome().meanLoss();
      total = plus(total, done);
    }
    boolean finite = exchange.store(replica.parameters()) && Double.isFinite(loss);
    totals[index] = total;
    faults.set(index, finite ? List.of() : faults(replica, index, stepSamples));
    if (!finite) {
      exchange.spoil(replica.parameters());
    }
    return loss;
  }

  /** Where a step ceased to be finite: every micro-batch of the replica is computed again. */
  private List<StepFault> faults(Replica replica, int index, int stepSamples) {
    List<StepFault> found = new ArrayList<>();
    for (MicroBatch batch : share(index)) {
      replica.thread().requireOpen();
      replica
          .firstFault(batch, context(batch, stepSamples))
          .ifPresent(origin -> found.add(new StepFault(step, batch.lane(), origin)));
    }
    return found.isEmpty()
        ? List.of(new StepFault(step, -1, "the sum of micro-batches that are finite each alone"))
        : found;
  }

  /** The micro-batches of the step that a replica computes, without empty ones. */
  private List<MicroBatch> share(int index) {
    int share = samples.size() / place.replicas();
    return samples.subList(index * share, (index + 1) * share).stream()
        .filter(batch -> batch.size() > 0)
        .toList();
  }

  private MicroBatchContext context(MicroBatch batch, int stepSamples) {
    double weight = (double) batch.size() * place.totalReplicas() / stepSamples;
    int replay = job.clock().stepInEpoch(step) % job.objective().replays();
    MicroBatchContext.Slot slot = new MicroBatchContext.Slot(job.clock().epoch(step), batch.lane());
    return MicroBatchContext.of(key(step, batch), job.clock().radius(step), weight, slot)
        .onImagesOf(key(step - replay, batch))
        .reinforced(reinforced);
  }

  private SeedKey key(long ofStep, MicroBatch batch) {
    return SeedKey.of(job.seed()).with("step").with(ofStep).with(batch.lane());
  }

  private static ReplicaTotals plus(ReplicaTotals total, Replica.Accumulated done) {
    StepOutcome outcome = done.outcome();
    return new ReplicaTotals(
        total.samples() + outcome.samples(),
        total.correct() + outcome.correct(),
        total.attack() + outcome.attackNanos() / 1e9,
        total.train() + outcome.trainNanos() / 1e9,
        total.convert() + done.convertNanos() / 1e9);
  }

  @Override
  public void update(long currentStep, int start, FloatSlice slice, FloatSlice gradients) {
    if (currentStep == updatedStep) {
      throw new IllegalStateException(
          "step %d was applied already: its task ran twice".formatted(currentStep));
    }
    long began = System.nanoTime();
    updatedStep = currentStep;
    weights = slice;
    sliceStart = start;
    if (FiniteGradient.spoilt(gradients)) {
      skip(start, slice);
      updateSeconds = (System.nanoTime() - began) / 1e9;
      return;
    }
    squaredNorm = squaredGradientNorm(start, gradients);
    Objective objective = reinforced ? job.objective().reinforced() : job.objective();
    double momentum =
        objective.statisticsUpdates(job.clock().radius(currentStep)).effectiveMomentum();
    optimizer.step(
        slice.array(),
        slice.offset(),
        gradients.array(),
        gradients.offset(),
        slice.length(),
        start,
        StepHyperparameters.of(job.clock().rate(currentStep) * rateScale, momentum));
    stateful = true;
    updateSeconds = (System.nanoTime() - began) / 1e9;
  }

  /** Leaves weights, moments and statistics as they are, and the optimiser's count of steps. */
  private void skip(int start, FloatSlice slice) {
    squaredNorm = Double.NaN;
    replicas.forEach(Replica::forget);
    if (!stateful) {
      restart(start, slice.length(), step);
      // The step is done; only restoring from elsewhere may do it again.
      updatedStep = step;
    }
    optimizer.skip(slice.array(), slice.offset());
  }

  @Override
  public double squaredGradientNorm(int start, FloatSlice gradients) {
    return optimizer.sumOfSquares(gradients.array(), gradients.offset(), gradients.length(), start);
  }

  @Override
  public WorkerSlice weights() {
    if (weights == null) {
      throw new IllegalStateException("worker %d has no weights yet".formatted(place.index()));
    }
    return new WorkerSlice(sliceStart, weights.copy());
  }

  @Override
  public WorkerReport takeReport() {
    long count = 0;
    long correct = 0;
    double attack = 0;
    double train = 0;
    double convert = 0;
    for (ReplicaTotals total : totals) {
      count += total.samples();
      correct += total.correct();
      attack = Math.max(attack, total.attack());
      train = Math.max(train, total.train());
      convert = Math.max(convert, total.convert());
    }
    return new WorkerReport(
        step,
        count,
        correct,
        attack,
        train,
        loadSeconds + convert,
        updateSeconds,
        squaredNorm,
        updatedStep,
        NativeRuntime.residentBytes(),
        NativeRuntime.liveHandles(),
        faults.stream().flatMap(List::stream).toList(),
        badSamples);
  }

  /** Copies of this worker's slices of the averages that there are by now. */
  public Map<String, WorkerSlice> averages() {
    Map<String, WorkerSlice> slices = new TreeMap<>();
    for (String name : optimizer.averageNames()) {
      slices.put(name, new WorkerSlice(sliceStart, optimizer.average(name)));
    }
    return slices;
  }

  /** The optimiser's state of this worker's slice. */
  public SliceState optimizerState() {
    return optimizer.state();
  }

  /** Continues with an optimiser that has done nothing yet, for a slice of this many elements. */
  public void restart(int start, int length, long runSteps) {
    Map<String, float[]> moments = new TreeMap<>();
    optimizer.momentNames().forEach(name -> moments.put(name, new float[length]));
    restore(new SliceState(start, length, 0, moments), runSteps);
  }

  /** Continues with a saved state of this worker's slice. */
  public void restore(SliceState state, long runSteps) {
    optimizer.restore(state);
    optimizer.continueAt(runSteps);
    sliceStart = Math.toIntExact(state.start());
    stateful = true;
    updatedStep = -1;
    samples = List.of();
    replicas.forEach(Replica::forget);
  }

  /** What the objective remembers at this point of the run, by lane; nothing where epochs begin. */
  public List<LaneMemory> remembered(long runSteps) {
    List<LaneMemory> all = new ArrayList<>();
    for (Replica replica : replicas) {
      all.addAll(replica.thread().call(() -> replica.remembered(job.clock().epoch(runSteps))));
    }
    return all;
  }

  /** Goes on from what the objective remembered, after {@link #restore}. */
  public void remember(List<LaneMemory> lanes, long runSteps) {
    int share = job.lanes(place).length / place.replicas();
    int first = job.lanes(place)[0];
    for (int i = 0; i < replicas.size(); i++) {
      Replica replica = replicas.get(i);
      int from = first + i * share;
      List<LaneMemory> own =
          lanes.stream().filter(m -> m.lane() >= from && m.lane() < from + share).toList();
      replica
          .thread()
          .call(
              () -> {
                replica.remember(job.clock().epoch(runSteps), own);
                return own.size();
              });
    }
  }

  /** Multiplies the learning rate of all later steps. */
  public void scaleRate(double factor) {
    rateScale = factor;
  }

  /** Whether all later steps take the reinforced objective. */
  public void reinforce(boolean whether) {
    reinforced = whether;
  }

  /** What a replica computes beside the steps, on its own thread. */
  @FunctionalInterface
  public interface ReplicaTask<T> {
    T on(Replica replica, int index);
  }

  /**
   * Loads a flat vector (P) into all replicas, which compute at the same time; answers in order.
   */
  public <T> List<T> onEveryReplica(float[] vector, ReplicaTask<T> task) {
    return onEveryReplica(
        (replica, index) -> {
          replica.parameters().load(vector, 0);
          return task.on(replica, index);
        });
  }

  /** As above, with the flat vector that the replicas have. A GPU computes in float32 meanwhile. */
  public <T> List<T> onEveryReplica(ReplicaTask<T> task) {
    Fp32Precision.IEEE.choose();
    List<Future<T>> answers = new ArrayList<>();
    for (int i = 0; i < replicas.size(); i++) {
      Replica replica = replicas.get(i);
      int index = i;
      answers.add(
          replica
              .thread()
              .submit(
                  () -> {
                    NativeRuntime.start(job.threads().intraOp());
                    return task.on(replica, index);
                  }));
    }
    return answers.stream().map(NativeThread::result).toList();
  }

  /** Keeps what loads images open from one task to the next, in place of what was kept before. */
  public void keep(EvalLoader loader) {
    closeKept();
    kept = Optional.of(loader);
  }

  /** What is kept open, if anything is. */
  public Optional<EvalLoader> kept() {
    return kept;
  }

  /** Closes what is kept open. */
  public void closeKept() {
    kept.ifPresent(EvalLoader::close);
    kept = Optional.empty();
  }

  public TrainingJob job() {
    return job;
  }

  /** A replica, for evaluation between steps. */
  public Replica replica(int index) {
    return replicas.get(index);
  }

  @Override
  public void close() {
    supply.close();
    closeKept();
    replicas.forEach(Replica::close);
    Fp32Precision.IEEE.choose();
  }
}
