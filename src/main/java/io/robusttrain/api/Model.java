package io.robusttrain.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.LossGradient;
import io.robusttrain.attack.Victim;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.evaluate.plan.EvaluatedModel;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * A classifier with its weights, in this process, to look at: what it says of images and what its
 * loss's gradient is. It takes pictures of any size, prepared as where it was trained, and pixels
 * in [0,1]; its normalisation is its first layer. Always in eval mode.
 *
 * <p>Owns native memory, three times the size of its weights or less, until {@link #close()}; one
 * that was lost unclosed is closed when the collector finds it. It computes on one thread of its
 * own with all cores of this machine, or as many as {@code OMP_NUM_THREADS} says. Any thread may
 * ask; requests come one after the other. A thread that is interrupted while it waits gets a {@link
 * RobustTrainException} once the pass under way has ended.
 *
 * <pre>{@code
 * try (Model model = Model.load("runs/my-run")) {
 *   Images images = Images.read("data/synthetic", "validation").first(8);
 *   System.out.println(model.predict(images).table());
 *   float[] gradient = model.gradient(images).values();
 * }
 * }</pre>
 */
public final class Model implements AutoCloseable {
  /** Images of one pass; more take no less time for each. */
  static final int PASS = 32;

  private static final Cleaner CLEANER = Cleaner.create();

  private final EvaluatedModel source;
  private final EvalTransform transform;
  private final BoundModel bound;
  private final Cleaner.Cleanable cleanable;

  @GuardedBy("this")
  private boolean closed;

  private Model(EvaluatedModel source) {
    this.source = source;
    this.transform = PreprocessingChoice.CHECKPOINT.transform(source.preprocessing());
    this.bound = new BoundModel(source.architecture(), source.weights());
    this.cleanable = CLEANER.register(this, bound::close);
  }

  /**
   * Loads a model of this project: a {@code model.safetensors}, a run directory (its best model) or
   * a checkpoint.
   *
   * @throws RobustTrainException if there is none, or the file does not say which network it is of
   */
  public static Model load(String path) {
    return Failures.readable(() -> load(ModelRequest.of(path), 0));
  }

  /**
   * Loads weights of others: safetensors or PyTorch ({@code .pth}) files under timm's names.
   *
   * @param name timm's name of the network, such as {@code deit_small_patch16_224}; it has as many
   *     classes as timm gives it
   * @param normalization what the weights were trained behind: {@code none}, {@code default}
   *     (timm's constants of the model), {@code imagenet}, {@code inception}, or six numbers
   * @throws RobustTrainException if the weights do not fit the network
   */
  public static Model load(String path, String name, String normalization) {
    return Failures.readable(
        () ->
            load(
                path,
                name,
                normalization,
                ModelRegistry.create(name, ModelOptions.none()).numClasses()));
  }

  /**
   * As {@link #load(String, String, String)}.
   *
   * @param classes how many the network has
   */
  public static Model load(String path, String name, String normalization, int classes) {
    return Failures.readable(() -> load(SubjectDraft.foreign(path, name, normalization), classes));
  }

  private static Model load(ModelRequest request, int classes) {
    return new Model(EvaluatedModel.load(request, classes, Place.hadoop()));
  }

  /** timm's name of the network. */
  public String name() {
    return source.architecture().name();
  }

  /** The file that the weights were read from. */
  public String path() {
    return source.path();
  }

  /** The number of classes K. */
  public int classes() {
    return source.architecture().numClasses();
  }

  /** Class names in index order; empty if the file does not say. */
  public List<String> classNames() {
    return source.classNames();
  }

  /** The side of the square input in pixels. */
  public int side() {
    return transform.size();
  }

  /** The number of parameters, running statistics included. */
  public long parameters() {
    return source.weights().length;
  }

  /** What the file says of how the weights were validated, by name; empty if it does not. */
  public Map<String, Double> scores() {
    Map<String, Double> named = new LinkedHashMap<>();
    source.scores().ifPresent(scores -> put(scores, named));
    return named;
  }

  private static void put(Scores scores, Map<String, Double> named) {
    named.put("epoch", scores.epoch() + 1.0);
    named.put("images", (double) scores.images());
    named.put("epsilon", scores.epsilon());
    named.put("clean_accuracy", scores.cleanTop1());
    named.put("fgsm_accuracy", scores.fgsmTop1());
  }

  /**
   * Pictures as this model's input, pixels (B, 3, S, S), resized and cropped as where it was
   * trained.
   */
  public Images prepare(Images images) {
    return Failures.readable(() -> images.prepared(transform));
  }

  /**
   * What the model says of images.
   *
   * @throws RobustTrainException if the model is closed, an image cannot be read, or pixels have
   *     another size than the model takes
   */
  public Predictions predict(Images images) {
    return Failures.readable(
        () -> {
          List<float[]> logits = new ArrayList<>();
          // Pass by pass: a whole split need not fit into memory.
          for (int[] part : parts(images.count())) {
            Images input = images.at(part).prepared(transform);
            float[] answers = compute(model -> logits(model, input));
            for (int i = 0; i < part.length; i++) {
              logits.add(Arrays.copyOfRange(answers, i * classes(), (i + 1) * classes()));
            }
          }
          List<String> names = classNames().isEmpty() ? images.classNames() : classNames();
          return new Predictions(logits, images.labels(), images.names(), names);
        });
  }

  private static float[] logits(Classifier model, Images images) {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.toArray(new Victim(model).logits(tensor(images)));
    }
  }

  /**
   * The cross entropy of each image and its gradient with respect to the pixels, at the images'
   * labels.
   *
   * @throws RobustTrainException as {@link #predict}, and if an image has no label
   */
  public Gradient gradient(Images images) {
    return gradient(images, images.labels());
  }

  /**
   * As {@link #gradient(Images)}, at other labels.
   *
   * @param labels class indices, one for each image
   */
  public Gradient gradient(Images images, int... labels) {
    return Failures.readable(
        () -> {
          requireClasses(labels, images.count());
          float[] losses = new float[labels.length];
          float[] gradient = new float[labels.length * 3 * side() * side()];
          for (int[] part : parts(images.count())) {
            Images some = images.at(part).prepared(transform);
            int[] classes = Arrays.stream(part).map(i -> labels[i]).toArray();
            compute(
                model -> {
                  gradient(model, some, classes, part[0], losses, gradient);
                  return true;
                });
          }
          return new Gradient(losses, gradient, side());
        });
  }

  private static void gradient(
      Classifier model, Images images, int[] labels, int from, float[] losses, float[] gradient) {
    try (PointerScope scope = new PointerScope()) {
      Tensor classes = Tensors.labels(labels, ComputeDevice.CPU);
      LossGradient found =
          new Victim(model)
              .lossAndGradient(tensor(images), logits -> CrossEntropy.perSample(logits, classes));
      float[] some = Tensors.toArray(found.losses());
      System.arraycopy(some, 0, losses, from, some.length);
      float[] values = Tensors.toArray(found.gradient());
      System.arraycopy(values, 0, gradient, from * (values.length / some.length), values.length);
    }
  }

  /** Refuses labels that are none of this model's classes. */
  void requireClasses(int[] labels, int count) {
    if (labels.length != count) {
      throw new RobustTrainException(
          "%d labels for %d images; give one for each".formatted(labels.length, count));
    }
    for (int i = 0; i < count; i++) {
      if (labels[i] < 0 || labels[i] >= classes()) {
        throw new RobustTrainException(
            "image %d has label %d, the classes of %s are 0 to %d; give labels with images.labelled(...)"
                .formatted(i, labels[i], name(), classes() - 1));
      }
    }
  }

  /** Pixels (B, 3, S, S) as a tensor in the caller's {@code PointerScope}. */
  static Tensor tensor(Images pixels) {
    return Tensors.of(
        pixels.pixels(), ComputeDevice.CPU, pixels.count(), 3, pixels.height(0), pixels.width(0));
  }

  /** The places of all images, cut into passes. */
  static List<int[]> parts(int count) {
    return IntStream.iterate(0, start -> start < count, start -> start + PASS)
        .mapToObj(start -> IntStream.range(start, Math.min(count, start + PASS)).toArray())
        .toList();
  }

  EvalTransform transform() {
    return transform;
  }

  /** Computes on the model's own thread. */
  <T> T compute(Function<Classifier, T> computation) {
    synchronized (this) {
      if (closed) {
        throw new RobustTrainException(
            "this model is closed; load it again with Model.load(\"%s\")".formatted(path()));
      }
    }
    return bound.compute(computation);
  }

  /**
   * Frees the native memory; returns when the model has left native code. Later calls do nothing.
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    cleanable.clean();
  }

  /** Name, classes, input. */
  @Override
  public String toString() {
    return "%s, %d classes, %dx%d pixels, %s".formatted(name(), classes(), side(), side(), path());
  }

  /** What a model says of a batch of images. Immutable and thread-safe. */
  public static final class Predictions {
    private final List<float[]> logits;
    private final int[] labels;
    private final List<String> imageNames;
    private final List<String> classNames;

    Predictions(
        List<float[]> logits, int[] labels, List<String> imageNames, List<String> classNames) {
      this.logits = List.copyOf(logits);
      this.labels = labels;
      this.imageNames = imageNames;
      this.classNames = classNames;
    }

    /** The number of images B. */
    public int count() {
      return logits.size();
    }

    /** The logits of an image (K), a copy. */
    public float[] logits(int image) {
      return logits.get(image).clone();
    }

    /** The softmax of an image's logits (K). */
    public double[] probabilities(int image) {
      float[] row = logits.get(image);
      double most = IntStream.range(0, row.length).mapToDouble(k -> row[k]).max().orElse(0);
      double[] shares =
          IntStream.range(0, row.length).mapToDouble(k -> Math.exp(row[k] - most)).toArray();
      double sum = Arrays.stream(shares).sum();
      return Arrays.stream(shares).map(share -> share / sum).toArray();
    }

    /** The class with the largest logit of each image (B). */
    public int[] classes() {
      return logits.stream().mapToInt(Predictions::largest).toArray();
    }

    private static int largest(float[] row) {
      int best = 0;
      for (int k = 1; k < row.length; k++) {
        best = row[k] > row[best] ? k : best;
      }
      return best;
    }

    /** The name of the class that an image is taken for, or its index. */
    public String className(int image) {
      return Images.className(largest(logits.get(image)), classNames);
    }

    /** The probability of the class that an image is taken for. */
    public double confidence(int image) {
      return probabilities(image)[largest(logits.get(image))];
    }

    /** The fraction of images with a label that are taken for it; NaN if none has one. */
    public double accuracy() {
      int[] classes = classes();
      int[] known = IntStream.range(0, labels.length).filter(i -> labels[i] >= 0).toArray();
      return Arrays.stream(known).filter(i -> labels[i] == classes[i]).count()
          / (double) known.length;
    }

    /** The most probable classes of an image: {@code class}, {@code name}, {@code probability}. */
    public Table top(int image, int count) {
      double[] all = probabilities(image);
      return new Table(
          List.of("class", "name", "probability"),
          IntStream.range(0, all.length)
              .boxed()
              .sorted((a, b) -> Double.compare(all[b], all[a]))
              .limit(count)
              .map(k -> List.<Object>of(k, Images.className(k, classNames), all[k]))
              .toList());
    }

    /** A row an image: {@code image}, {@code label}, {@code prediction}, {@code confidence}. */
    public Table table() {
      return new Table(
          List.of("image", "label", "prediction", "confidence"),
          IntStream.range(0, count())
              .mapToObj(
                  i ->
                      List.<Object>of(
                          imageNames.get(i).isEmpty() ? Integer.toString(i) : imageNames.get(i),
                          Images.className(labels[i], classNames),
                          className(i),
                          confidence(i)))
              .toList());
    }

    /** The table as an HTML fragment. */
    public String toHtml() {
      return table().toHtml();
    }

    /** The table as text. */
    @Override
    public String toString() {
      return table().toString();
    }
  }

  /** The loss of each image of a batch and its gradient. Immutable and thread-safe. */
  public static final class Gradient {
    private final float[] losses;
    private final float[] values;
    private final int side;

    Gradient(float[] losses, float[] values, int side) {
      this.losses = losses;
      this.values = values;
      this.side = side;
    }

    /** The cross entropy of each image (B), a copy. */
    public float[] losses() {
      return losses.clone();
    }

    /** The gradient of each image's loss with respect to its pixels (B, 3, S, S), a copy. */
    public float[] values() {
      return values.clone();
    }

    /** The gradient of an image for the eye: grey where it is 0, scaled to the largest. */
    public Images toImages() {
      int size = 3 * side * side;
      float[] shown = new float[values.length];
      for (int i = 0; i < losses.length; i++) {
        float[] own = Arrays.copyOfRange(values, i * size, (i + 1) * size);
        double largest =
            IntStream.range(0, size).mapToDouble(j -> Math.abs(own[j])).max().orElse(0);
        for (int j = 0; j < size; j++) {
          double value = largest == 0 ? 0.5 : 0.5 + own[j] / (2 * largest);
          shown[i * size + j] = (float) Math.max(0, Math.min(1, value));
        }
      }
      return Images.of(shown, side, side);
    }
  }
}
