package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.dataset.MiniBatch;
import io.robusttrain.engine.Departure;
import io.robusttrain.engine.StepAttempt;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerRegistry;
import io.robusttrain.engine.WorkerReport;
import java.util.Collections;
import java.util.List;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.CollectionAccumulator;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;

/**
 * One batch a partition and step. Computing a partition makes the worker load the samples of the
 * step that the job carries; the worker's report goes home with the task.
 */
final class StepRdd extends RDD<MiniBatch<Object>> {
  private static final long serialVersionUID = 1L;

  private final Partition[] partitions;
  private final String run;
  private final WorkerPlace topology;
  private final CollectionAccumulator<WorkerReport> reports;
  private final CollectionAccumulator<String> departures;

  StepRdd(
      RDD<WorkerPlace> home,
      String run,
      WorkerPlace topology,
      CollectionAccumulator<WorkerReport> reports,
      CollectionAccumulator<String> departures) {
    super(
        home.sparkContext(),
        JavaConverters.<org.apache.spark.Dependency<?>>asScalaBufferConverter(
                List.<org.apache.spark.Dependency<?>>of(new OneToOneDependency<>(home)))
            .asScala(),
        ClassTag$.MODULE$.apply(MiniBatch.class));
    this.partitions = home.partitions();
    this.run = run;
    this.topology = topology;
    this.reports = reports;
    this.departures = departures;
  }

  @Override
  public Iterator<MiniBatch<Object>> compute(Partition split, TaskContext context) {
    Worker worker = WorkerRegistry.existing(run, split.index());
    StepAttempt attempt = StepProperty.ofTask();
    WorkerRegistry.gate(run, split.index()).load(attempt);
    // Runs when the task has computed the step, before Spark collects its accumulators.
    context.addTaskCompletionListener(
        ended -> {
          reports.add(worker.takeReport());
          if (Departure.announced()) {
            departures.add(SparkEnv.get().executorId());
          }
        });
    worker.load(attempt.step());
    return JavaConverters.asScalaIteratorConverter(
            Collections.<MiniBatch<Object>>singleton(
                    StepMiniBatch.ofStep(attempt, topology.replicas()))
                .iterator())
        .asScala();
  }

  @Override
  public Partition[] getPartitions() {
    return partitions.clone();
  }
}
