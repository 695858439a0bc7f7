package io.robusttrain.evaluate.published;

import java.util.ArrayList;
import java.util.List;

/**
 * What RobustBench publishes of a model that is known here, and how it is evaluated.
 *
 * @param name in RobustBench; unique together with the data set
 * @param dataset {@code imagenet} or {@code cifar10}
 * @param epsilon radius in L-infinity, as a fraction: {@code 4/255}
 * @param model registered name of the architecture
 * @param normalization what {@code --normalize} takes
 * @param preprocessing what {@code --preprocessing} takes
 * @param strict whether the file holds the model's tensors and no others
 * @param clean published accuracy of unattacked images, in percent
 * @param autoAttack published accuracy under AutoAttack, in percent
 * @param paper its address
 */
public record PublishedModel(
    String name,
    String dataset,
    String epsilon,
    String model,
    String normalization,
    String preprocessing,
    boolean strict,
    String clean,
    String autoAttack,
    String paper) {
  /** Where RobustBench's {@code load_model} puts the file that a user must bring. */
  public String file() {
    return "models/%s/Linf/%s.pt".formatted(dataset, name);
  }

  /** The options of {@code RobustEval} that set architecture, normalisation and protocol. */
  public List<String> options() {
    List<String> options = new ArrayList<>();
    options.add("--arch=" + model);
    options.add("--normalize=" + normalization);
    options.add("--preprocessing=" + preprocessing);
    options.add("--norm=linf");
    options.add("--eps=" + epsilon);
    if (!strict) {
      options.add("--strict=false");
    }
    return options;
  }
}
