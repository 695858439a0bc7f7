package io.robusttrain.notebook;

import java.io.PrintStream;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import org.apache.spark.sql.SparkSession;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.LanguageInfo;
import org.dflib.jjava.jupyter.kernel.ReplacementOptions;
import org.dflib.jjava.jupyter.kernel.comm.CommManager;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.util.StringStyler;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.publish.PublishError;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteInput;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteResult;
import org.dflib.jjava.jupyter.messages.reply.ErrorReply;
import org.dflib.jjava.jupyter.messages.reply.ExecuteReply;
import org.dflib.jjava.jupyter.messages.request.ExecuteRequest;

/**
 * Answers Jupyter: runs cells, completes names, says what a name is, interrupts. After a cell that
 * failed the cells that were asked for before it failed are not run, as Jupyter wants it.
 */
final class NotebookKernel extends BaseKernel {
  private final Cells cells;
  private final CellStreams streams;
  private final Progress progress;
  private final CountDownLatch end = new CountDownLatch(1);
  private int executed;
  private Instant failed = Instant.MIN;

  NotebookKernel(Cells cells, CellStreams streams, Progress progress, String version) {
    super(
        "robusttrain",
        version,
        new LanguageInfo.Builder("java")
            .version(Runtime.version().toString())
            .mimetype("text/x-java-source")
            .fileExtension(".jshell")
            .pygments("java")
            .codemirror("text/x-java")
            .build(),
        List.of(),
        null,
        streams,
        new CommManager(),
        new Renderer(),
        null,
        null,
        false,
        new StringStyler.Builder().build());
    this.cells = cells;
    this.streams = streams;
    this.progress = progress;
  }

  @Override
  public String getBanner() {
    return "RobustTrain %s, Java %s".formatted(getVersion(), Runtime.version());
  }

  /** Waits until Jupyter wants the kernel to end. */
  void awaitEnd() throws InterruptedException {
    end.await();
  }

  @Override
  protected synchronized void handleExecuteRequest(
      ShellReplyEnvironment env, Message<ExecuteRequest> message) {
    env.setBusyDeferIdle();
    ExecuteRequest request = message.getContent();
    if (request.shouldStopOnError() && sent(message).isBefore(failed)) {
      reply(env, Map.of("status", "aborted", "execution_count", executed));
      return;
    }
    int count = request.isSilent() ? executed : ++executed;
    env.publish(new PublishExecuteInput(request.getCode(), count));
    try {
      Optional<DisplayData> result = attached(env, count, request.getCode());
      if (!request.isSilent()) {
        result.ifPresent(data -> env.publish(new PublishExecuteResult(count, data)));
      }
      env.defer().reply(new ExecuteReply(count, Map.of()));
    } catch (CellFailure failure) {
      failed = Instant.now();
      if (failure.interruption()) {
        cancelJobs();
      }
      Display.setFailure(Optional.ofNullable(failure.getCause()));
      env.publish(new PublishError(failure.name(), failure.getMessage(), failure.lines()));
      ErrorReply reply = new ErrorReply(failure.name(), failure.getMessage(), failure.lines());
      reply.setExecutionCount(count);
      env.defer().replyError(ExecuteReply.MESSAGE_TYPE.error(), reply);
    }
  }

  private Optional<DisplayData> attached(ShellReplyEnvironment env, int count, String code)
      throws CellFailure {
    PrintStream out = System.out;
    PrintStream err = System.err;
    streams.attach(env);
    progress.begin();
    System.setOut(streams.standardOutput());
    System.setErr(streams.standardError());
    try {
      return cells.run(count, code, Renderings::of);
    } finally {
      System.setOut(out);
      System.setErr(err);
      streams.detach(env);
    }
  }

  /** An interrupted action of Spark leaves its job running, which nobody waits for any more. */
  private static void cancelJobs() {
    try {
      SparkSession.active().sparkContext().cancelAllJobs();
    } catch (IllegalStateException none) {
      // No Spark, no jobs.
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // the library has no type for this reply
  private static void reply(ShellReplyEnvironment env, Map<String, Object> content) {
    env.defer().reply(new Message(env.getContext(), ExecuteReply.MESSAGE_TYPE, content));
  }

  private static Instant sent(Message<?> message) {
    try {
      return OffsetDateTime.parse(message.getHeader().getTimestamp().getDateString()).toInstant();
    } catch (DateTimeParseException unknown) {
      return Instant.MAX;
    }
  }

  /** Unused: {@link #handleExecuteRequest} is ours. */
  @Override
  public Object evalRaw(String code) {
    throw new UnsupportedOperationException();
  }

  @Override
  public DisplayData inspect(String code, int at, boolean extraDetail) {
    return cells.inspect(code, at).map(DisplayData::new).orElse(null);
  }

  @Override
  public ReplacementOptions complete(String code, int at) {
    Cells.Completion completion = cells.complete(code, at);
    return new ReplacementOptions(completion.texts(), completion.from(), at);
  }

  @Override
  public String isComplete(String code) {
    Completeness completeness = cells.completeness(code);
    return switch (completeness) {
      case DEFINITELY_INCOMPLETE -> "    ";
      case UNKNOWN -> IS_COMPLETE_BAD;
      default -> IS_COMPLETE_YES;
    };
  }

  @Override
  public void interrupt() {
    cells.interrupt();
  }

  @Override
  public void onShutdown(boolean isRestarting) {
    cells.interrupt();
    end.countDown();
  }
}
