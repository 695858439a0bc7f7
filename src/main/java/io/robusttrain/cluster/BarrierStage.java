package io.robusttrain.cluster;

import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.engine.WorkerRegistry;
import java.io.Serializable;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * Jobs in the words of Spark's own API where its Java API has none: answers given away one by one
 * as they arrive, and stages whose tasks begin together.
 */
final class BarrierStage {
  private BarrierStage() {}

  /** Runs a task on all workers at the same time; answers in any order, on a thread of Spark's. */
  static <W extends Worker, R> void run(
      RDD<WorkerPlace> home, String run, StageTask<W, R> task, Consumer<R> sink) {
    RDD<R> answers =
        home.barrier()
            .mapPartitions(
                new Member<>(run, task), false, ClassTag$.MODULE$.<R>apply(Object.class));
    arrivals(answers, sink);
  }

  /** Computes partitions of one element each; answers in any order, on a thread of Spark's. */
  static <R> void arrivals(RDD<R> answers, Consumer<R> sink) {
    answers
        .sparkContext()
        .<R, Object>runJob(
            answers,
            new OnlyElement<R>(),
            new Arrival<>(sink),
            ClassTag$.MODULE$.apply(Object.class));
  }

  /** One worker's task of a barrier stage. */
  private static final class Member<W extends Worker, R>
      extends AbstractFunction1<Iterator<WorkerPlace>, Iterator<R>> implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String run;
    private final StageTask<W, R> task;

    Member(String run, StageTask<W, R> task) {
      this.run = run;
      this.task = task;
    }

    @Override
    public Iterator<R> apply(Iterator<WorkerPlace> places) {
      BarrierTaskContext context = BarrierTaskContext.get();
      if (context.stageAttemptNumber() > 0) {
        // Spark begins the whole stage again; what it did cannot be done twice.
        throw new ExchangeFailure("the tasks of a stage were begun again, because one was lost");
      }
      StagePlace here =
          new StagePlace(
              context.taskAttemptId(), SparkEnv.get().blockManager().blockManagerId().host());
      try {
        R answer =
            WorkerRegistry.<W, R>run(
                run, places.next(), (worker, place) -> task.run(worker, place, here));
        return JavaConverters.asScalaIteratorConverter(List.of(answer).iterator()).asScala();
      } catch (RuntimeException failed) {
        throw failed;
      } catch (Exception failed) {
        throw new IllegalStateException(failed);
      }
    }
  }

  /** The answer of a partition's worker. */
  private static final class OnlyElement<R> extends AbstractFunction1<Iterator<R>, Object>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public Object apply(Iterator<R> elements) {
      return elements.next();
    }
  }

  /** Gives an answer away; on the driver. */
  private static final class Arrival<R> extends AbstractFunction2<Object, Object, BoxedUnit> {
    private final Consumer<R> sink;

    Arrival(Consumer<R> sink) {
      this.sink = sink;
    }

    @Override
    @SuppressWarnings("unchecked") // the tasks of this job give nothing else
    public BoxedUnit apply(Object partition, Object answer) {
      sink.accept((R) answer);
      return BoxedUnit.UNIT;
    }
  }
}
