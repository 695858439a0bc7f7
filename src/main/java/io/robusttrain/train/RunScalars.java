package io.robusttrain.train;

import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.report.TensorBoardWriter;
import io.robusttrain.report.view.RunLook;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.train.guard.Probe;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.apache.hadoop.fs.FSError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The curves of a run in TensorBoard, if it draws them. The metrics have all figures, too: if the
 * events cannot be written, as on a full disk, that is said once and there are no more of them.
 */
final class RunScalars implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(RunScalars.class);

  /** Images beside each other, each with its attacked twin. */
  private static final int PAIRS = 4;

  /** Pixels between images. */
  private static final int GAP = 4;

  private Optional<TensorBoardWriter> events;

  RunScalars(Optional<TensorBoardWriter> events) {
    this.events = events;
  }

  /**
   * Adds a step to the curves.
   *
   * @param adversarialTop1 fraction of the attacked images that were classified right
   */
  void step(StepMetrics line, double adversarialTop1) {
    write(
        curves -> {
          long step = line.step();
          curves.scalar("train/loss", line.loss(), step);
          curves.scalar("train/eps", line.eps(), step);
          curves.scalar("train/lr", line.lr(), step);
          curves.scalar("train/grad_norm", line.gradNorm(), step);
          curves.scalar("train/images_per_s", line.imagesPerSecond(), step);
          curves.scalar("train/adversarial_top1", adversarialTop1, step);
        });
  }

  /** Adds what a probe found after a step. */
  void probe(Probe.Result result, long step) {
    write(
        curves -> {
          curves.scalar("probe/one_step_top1", result.oneStep(), step);
          curves.scalar("probe/many_steps_top1", result.manySteps(), step);
        });
  }

  /**
   * Adds an epoch to the curves and makes all curves visible to readers.
   *
   * @param counts of the trained weights, if they were validated
   * @param liveHandles native tensors of the executor that reported last
   */
  void epoch(
      EpochMetrics line, Optional<EvaluationCounts> counts, long completedSteps, long liveHandles) {
    write(
        curves -> {
          // Of the executor that holds most: growth over epochs is a leak.
          curves.scalar("executor/resident_mb", line.rssMb(), completedSteps);
          curves.scalar("executor/live_handles", (double) liveHandles, completedSteps);
          if (counts.isPresent()) {
            EvaluationCounts found = counts.get();
            curves.scalar("val/clean_top1", line.cleanTop1(), completedSteps);
            curves.scalar("val/fgsm_top1", line.fgsmTop1(), completedSteps);
            curves.scalar("val/clean_top5", found.clean().top5Accuracy(), completedSteps);
            curves.scalar("val/fgsm_top5", found.adversarial().top5Accuracy(), completedSteps);
          }
          for (Map.Entry<WeightsKind, EpochMetrics.Accuracy> average : line.averages().entrySet()) {
            String prefix = "val/" + average.getKey().word();
            curves.scalar(prefix + "_clean_top1", average.getValue().cleanTop1(), completedSteps);
            curves.scalar(prefix + "_fgsm_top1", average.getValue().fgsmTop1(), completedSteps);
          }
          curves.flush();
        });
  }

  /** Adds the images of a validation, before and after the attack. */
  void look(RunLook look, long completedSteps) {
    write(
        curves -> {
          if (look.twins().isEmpty()) {
            return;
          }
          BufferedImage sheet = sheet(look.twins());
          ByteArrayOutputStream png = new ByteArrayOutputStream();
          ImageIO.write(sheet, "png", png);
          curves.image(
              "val/images", png.toByteArray(), sheet.getWidth(), sheet.getHeight(), completedSteps);
        });
  }

  /** Pairs beside each other, the image as it is on the left of each. No text: that needs fonts. */
  private static BufferedImage sheet(List<RunLook.Twins> twins) throws IOException {
    List<BufferedImage> images = new ArrayList<>();
    for (RunLook.Twins pair : twins) {
      images.add(ImageIO.read(new ByteArrayInputStream(pair.clean().png())));
      images.add(ImageIO.read(new ByteArrayInputStream(pair.attacked().png())));
    }
    int cell = images.get(0).getWidth() + GAP;
    int rows = (twins.size() + PAIRS - 1) / PAIRS;
    BufferedImage sheet =
        new BufferedImage(
            PAIRS * (2 * cell + GAP), rows * (cell + GAP), BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = sheet.createGraphics();
    for (int i = 0; i < images.size(); i++) {
      int pair = i / 2;
      int x = pair % PAIRS * (2 * cell + GAP) + i % 2 * cell;
      pen.drawImage(images.get(i), x, pair / PAIRS * (cell + GAP), null);
    }
    pen.dispose();
    return sheet;
  }

  /** Adds how the values of each tensor are spread. */
  void weights(ParameterLayout layout, float[] flat, long completedSteps) {
    write(
        curves -> {
          for (ParameterSpec spec : layout.specs()) {
            FloatBuffer values =
                FloatBuffer.wrap(
                    flat, layout.offset(spec.name()), Math.toIntExact(spec.elements()));
            curves.histogram("weights/" + spec.name(), values, completedSteps);
          }
        });
  }

  @Override
  public void close() {
    write(TensorBoardWriter::close);
  }

  @FunctionalInterface
  private interface Writing {
    void to(TensorBoardWriter curves) throws IOException;
  }

  private void write(Writing writing) {
    try {
      if (events.isPresent()) {
        writing.to(events.get());
      }
    } catch (IOException | FSError failure) {
      events = Optional.empty();
      LOG.warn(
          "TensorBoard's events cannot be written ({}); there are none until the run is submitted again. metrics.jsonl has all figures.",
          failure.getMessage());
    }
  }
}
