package io.robusttrain.app.inspect;

import io.robusttrain.base.Figures;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.LayerSummary;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.tensor.Segment;
import java.util.List;
import java.util.stream.Collectors;

/** A model in words and figures, for the screen. */
final class LayerTable {
  private LayerTable() {}

  /** What the model is: its arguments, counts and timm's default preprocessing. */
  static String summary(Architecture model, List<LayerSummary> layers) {
    int statistics =
        model.layout().end(Segment.STATISTICS)
            - model.layout().start(Segment.STATISTICS)
            + model.batchNorms().size();
    StringBuilder text = new StringBuilder();
    line(text, "model", model.name());
    model.arguments().forEach((name, value) -> line(text, "  " + name, String.valueOf(value)));
    line(text, "parameters", "%,d".formatted(model.layout().parameterCount()));
    line(
        text,
        "  decayed",
        "%,d by weight decay, the others are biases, norms, scales and tokens"
            .formatted(model.layout().end(Segment.DECAYED)));
    line(text, "buffers", "%,d elements of statistics of features".formatted(statistics));
    double macs = layers.stream().mapToLong(LayerSummary::macs).sum();
    line(
        text,
        "GMACs",
        Figures.format(
            "%.4f multiply-adds an image of %dx%d: convolutions and matrix products",
            macs / 1e9, model.imageHeight(), model.imageWidth()));
    Preprocessing preset = model.defaultPreprocessing();
    line(
        text,
        "timm's input",
        "crop_pct %s, %s, mean %s, std %s"
            .formatted(preset.cropFraction(), preset.interpolation(), preset.mean(), preset.std()));
    return text.toString();
  }

  /** A line for each layer in the order in which they run. */
  static String layers(List<LayerSummary> layers) {
    int width = layers.stream().mapToInt(layer -> layer.name().length()).max().orElse(0);
    String row = "%-" + Math.max(5, width) + "s  %-15s  %-15s  %-15s  %12s  %14s%n";
    StringBuilder text = new StringBuilder();
    text.append(row.formatted("layer", "kind", "input", "output", "parameters", "MACs"));
    for (LayerSummary layer : layers) {
      text.append(
          row.formatted(
              layer.name(),
              layer.kind(),
              shape(layer.inputShape()),
              shape(layer.outputShape()),
              "%,d".formatted(layer.parameters()),
              "%,d".formatted(layer.macs())));
    }
    return text.toString();
  }

  private static String shape(List<Long> shape) {
    return shape.isEmpty()
        ? "-"
        : shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append("%-20s %s%n".formatted(name, value));
  }
}
