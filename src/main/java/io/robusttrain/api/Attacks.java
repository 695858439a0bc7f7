package io.robusttrain.api;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.EvaluationAttack;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Rows;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.catalog.AttackCatalog;
import io.robusttrain.attack.pgd.PgdAttack;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Attacks on a batch of images in this process, with the adversarial images back. They are those of
 * {@link RobustEval}, and with the same seed find the same for the same images of a data set.
 * Immutable and thread-safe.
 *
 * <pre>{@code
 * Attacks.Result found = Attacks.autoAttack(Threat.linf("4/255")).on(model, images);
 * System.out.println(found.robustAccuracy());
 * Files.write(Path.of("found.png"), found.images().toPng());
 * Files.write(Path.of("how.png"), found.perturbation(10).toPng());
 * }</pre>
 */
public final class Attacks {
  private final Threat threat;
  private final EvaluationAttack attack;
  private final long seed;

  private Attacks(Threat threat, EvaluationAttack attack, long seed) {
    this.threat = threat;
    this.attack = attack;
    this.seed = seed;
  }

  /** One step of 1.5 epsilon along the sign of the gradient, from a random start; Linf and L2. */
  public static Attacks fgsm(Threat threat) {
    return named("fgsm", threat);
  }

  /** As many steps of 1.5 epsilon / steps, from a random start; Linf and L2. */
  public static Attacks pgd(Threat threat, int steps) {
    return named("pgd-" + steps, threat);
  }

  /** PGD whose step size follows the loss, on the cross entropy, 5 restarts of 100 iterations. */
  public static Attacks apgd(Threat threat) {
    return named("apgd-ce", threat);
  }

  /** AutoAttack: APGD, targeted APGD, targeted FAB, Square, each on what still stands. */
  public static Attacks autoAttack(Threat threat) {
    return named("standard", threat);
  }

  /**
   * An attack by the name that {@code RobustEval --attacks} has for it, such as {@code square},
   * {@code fab-t} or {@code pgd-50x5}.
   *
   * @throws RobustTrainException if there is none; the message has the nearest names
   */
  public static Attacks named(String name, Threat threat) {
    return Failures.readable(
        () -> new Attacks(threat, AttackCatalog.named(name, threat.model()), 0));
  }

  /** The same attack with other random draws; 0 unless this is said. */
  public Attacks seed(long other) {
    return new Attacks(threat, attack, other);
  }

  /** The attack's name in results. */
  public String name() {
    return attack.name();
  }

  /**
   * Attacks images.
   *
   * @param images with labels; one without is attacked away from what the model says of it
   * @return the adversarial images. Those of FGSM and PGD are where the attack ended; others leave
   *     an image that they could not break as it was
   * @throws RobustTrainException if the model is closed, or attack, model and images do not fit
   */
  public Result on(Model model, Images images) {
    return Failures.readable(
        () -> {
          Images clean = images.prepared(model.transform());
          Model.Predictions before = model.predict(clean);
          int[] given = clean.labels();
          int[] said = before.classes();
          int[] labels =
              IntStream.range(0, given.length)
                  .map(i -> given[i] < 0 ? said[i] : given[i])
                  .toArray();
          model.requireClasses(labels, clean.count());
          List<Found> found = new ArrayList<>();
          for (int[] part : Model.parts(clean.count())) {
            int[] some = Arrays.stream(part).map(i -> labels[i]).toArray();
            found.add(model.compute(classifier -> attack(classifier, clean.at(part), some)));
          }
          return result(model, clean, before, labels, found);
        });
  }

  /**
   * What became of some images.
   *
   * @param pixels of the adversarial images
   * @param broken which of them are misclassified
   * @param distances from the clean images, in the threat's norm
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Found(float[] pixels, boolean[] broken, float[] distances) {}

  private Found attack(Classifier classifier, Images images, int[] labels) {
    Victim victim = new Victim(classifier);
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = Model.tensor(images);
      Tensor classes = Tensors.labels(labels, ComputeDevice.CPU);
      SeedKey key = SeedKey.of(seed).with("evaluation");
      AttackBatch batch = AttackBatch.of(victim, Pixels.of(clean), classes, images.ids(), key);
      Tensor moved;
      boolean[] broken;
      if (attack instanceof PgdAttack pgd && pgd.restarts() == 1) {
        // Images that fell before are moved, too, and what did not fool the model is shown.
        moved = pgd.run(victim, batch, 0).tensor();
        broken = Rows.flags(victim.predictions(moved).ne(classes));
      } else {
        AttackOutcome outcome = attack.attack(victim, batch);
        moved = outcome.pixels();
        broken = outcome.broken();
      }
      float[] distances = Tensors.toArray(threat.model().distances(moved, clean));
      return new Found(Tensors.toArray(moved), broken, distances);
    }
  }

  private static Result result(
      Model model, Images clean, Model.Predictions before, int[] labels, List<Found> found) {
    int size = 3 * model.side() * model.side();
    float[] pixels = new float[clean.count() * size];
    boolean[] broken = new boolean[clean.count()];
    double[] distances = new double[clean.count()];
    int next = 0;
    for (Found some : found) {
      System.arraycopy(some.pixels(), 0, pixels, next * size, some.pixels().length);
      for (int i = 0; i < some.broken().length; i++, next++) {
        broken[next] = some.broken()[i];
        distances[next] = some.distances()[i];
      }
    }
    Images adversarial = clean.moved(pixels, model.side(), model.side());
    return new Result(
        clean, adversarial, before, model.predict(adversarial), labels, broken, distances);
  }

  /** Name and threat. */
  @Override
  public String toString() {
    return name() + " in " + threat;
  }

  /** What an attack did to a batch of images. Immutable and thread-safe. */
  public static final class Result {
    private final Images clean;
    private final Images images;
    private final Model.Predictions before;
    private final Model.Predictions after;
    private final int[] labels;
    private final boolean[] broken;
    private final double[] distances;

    Result(
        Images clean,
        Images images,
        Model.Predictions before,
        Model.Predictions after,
        int[] labels,
        boolean[] broken,
        double[] distances) {
      this.clean = clean;
      this.images = images;
      this.before = before;
      this.after = after;
      this.labels = labels;
      this.broken = broken;
      this.distances = distances;
    }

    /** The clean images as the model took them. */
    public Images clean() {
      return clean;
    }

    /** The adversarial images. */
    public Images images() {
      return images;
    }

    /** What the model said of the clean images. */
    public Model.Predictions before() {
      return before;
    }

    /** What the model says of the adversarial images. */
    public Model.Predictions after() {
      return after;
    }

    /** The classes that the images were attacked away from (B). */
    public int[] labels() {
      return labels.clone();
    }

    /** Which images the model misclassifies now, those that it did before included (B). */
    public boolean[] broken() {
      return broken.clone();
    }

    /** How far each image was moved, in the threat's norm (B). */
    public double[] distances() {
      return distances.clone();
    }

    /** The fraction of images that still stand. */
    public double robustAccuracy() {
      return Rows.where(broken, false).length / (double) broken.length;
    }

    /**
     * What was done to the images, enlarged, grey where nothing; see {@link Images#perturbation}.
     */
    public Images perturbation(double times) {
      return images.perturbation(clean, times);
    }

    /**
     * A row an image: {@code image}, {@code label}, {@code before}, {@code confidence_before},
     * {@code after}, {@code confidence_after}, {@code broken}, {@code distance}.
     */
    public Table table() {
      List<String> names = clean.names();
      return new Table(
          List.of(
              "image",
              "label",
              "before",
              "confidence_before",
              "after",
              "confidence_after",
              "broken",
              "distance"),
          IntStream.range(0, broken.length)
              .mapToObj(
                  i ->
                      List.<Object>of(
                          names.get(i).isEmpty() ? Integer.toString(i) : names.get(i),
                          Images.className(labels[i], clean.classNames()),
                          before.className(i),
                          before.confidence(i),
                          after.className(i),
                          after.confidence(i),
                          broken[i],
                          distances[i]))
              .toList());
    }

    /**
     * Clean images with what the model said of them, perturbations ten times enlarged with the
     * labels, adversarial images with what the model says of them, as an HTML fragment.
     */
    public String toHtml() {
      List<String> truth =
          Arrays.stream(labels)
              .mapToObj(label -> Images.className(label, clean.classNames()))
              .toList();
      return "<div>"
          + sheet(clean, "clean images", captions(before))
          + sheet(perturbation(10), "perturbations, 10 times enlarged, and the labels", truth)
          + sheet(images, "adversarial images", captions(after))
          + "</div>";
    }

    private static String sheet(Images images, String title, List<String> captions) {
      return Html.image(images.toPng(title, captions), title);
    }

    private static List<String> captions(Model.Predictions said) {
      return IntStream.range(0, said.count())
          .mapToObj(i -> "%s %.0f %%".formatted(said.className(i), 100 * said.confidence(i)))
          .toList();
    }

    /** The table as text. */
    @Override
    public String toString() {
      return table().toString();
    }
  }
}
