package io.robusttrain.evaluate.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.attack.LossGradient;
import io.robusttrain.attack.Victim;
import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.checkpoint.tensors.NamedTensor;
import io.robusttrain.checkpoint.tensors.SafetensorsWriter;
import io.robusttrain.data.prep.DrawnImages;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * A small XCiT with random weights, and drawn images whose labels are what it says to them, but for
 * each tenth, which is labelled otherwise: a clean accuracy of 90 %, without any training.
 */
public final class TinyVictim {
  /** How many images there are. */
  public static final int IMAGES = 40;

  /** Of them, how many the model classifies correctly. */
  public static final int CORRECT = 36;

  private static final int CLASSES = 5;
  private static final int SIDE = 32;
  private static final int PATCH = 8;

  private final Path folder;
  private final Architecture architecture;
  private final float[] weights;
  private double epsilon;

  private TinyVictim(Path folder, Architecture architecture, float[] weights) {
    this.folder = folder;
    this.architecture = architecture;
    this.weights = weights;
  }

  /** Draws images, prepares them as {@code folder/data} and writes {@code folder/model}. */
  public static TinyVictim in(Path folder) throws IOException {
    Architecture architecture = architecture(CLASSES);
    float[] weights = new float[architecture.layout().size()];
    TinyVictim victim = new TinyVictim(folder, architecture, weights);
    byte[][] images = draw();
    int[] answers;
    try (FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU)) {
      architecture.initialize(parameters, SeedKey.of(7));
      parameters.store(weights, 0);
      victim.balance(parameters, images);
      answers = victim.classify(parameters, images);
    }
    for (int i = 0; i < IMAGES; i++) {
      int label = i % 10 == 9 ? (answers[i] + 1) % CLASSES : answers[i];
      Path file = folder.resolve("raw/validation/class-%d/image-%03d.png".formatted(label, i));
      Files.createDirectories(file.getParent());
      ImageIO.write(picture(images[i]), "png", file.toFile());
    }
    // Every class needs a folder, whatever the model says.
    for (int k = 0; k < CLASSES; k++) {
      assertThat(folder.resolve("raw/validation/class-" + k)).isDirectory();
    }
    DrawnImages.ofFolder(folder.resolve("raw"), victim.data(), 7);
    victim.writeModel(victim.model(), CLASSES, CORRECT / (double) IMAGES);
    return victim;
  }

  private static Architecture architecture(int classes) {
    return ModelRegistry.create(
        "xcit_nano_12_p8_32",
        ModelOptions.of(
            Map.of(
                "num_classes",
                classes,
                "img_size",
                SIDE,
                "embed_dim",
                32,
                "depth",
                1,
                "num_heads",
                2,
                "cls_attn_layers",
                1)));
  }

  /** Where the prepared images are. */
  public Path data() {
    return folder.resolve("data");
  }

  /** The images of the split before they were prepared, PNG files in a folder for each class. */
  public Path files() {
    return folder.resolve("raw/validation");
  }

  /** The model file. */
  public Path model() {
    return folder.resolve("model/model.safetensors");
  }

  /** A radius at which about half of the images should break. */
  public double epsilon() {
    return epsilon;
  }

  /** The split. */
  public ImageSet images() {
    return ImageSet.open(new Configuration(), data().toString(), "validation");
  }

  /** Writes the weights with a recorded accuracy; with another number of classes, no weights. */
  public void writeModel(Path file, int classes, double recorded) throws IOException {
    writeModel(file, classes, recorded, Map.of());
  }

  /** As {@link #writeModel(Path, int, double)}, with more that the file says of its training. */
  public void writeModel(Path file, int classes, double recorded, Map<String, String> facts)
      throws IOException {
    Architecture network = architecture(classes);
    float[] flat = classes == CLASSES ? weights : new float[network.layout().size()];
    List<NamedTensor> tensors = tensors(network, flat);
    List<String> names = new ArrayList<>();
    for (int k = 0; k < classes; k++) {
      names.add("class-" + k);
    }
    Preprocessing preprocessing = network.defaultPreprocessing().unnormalized();
    Map<String, String> all = new TreeMap<>(facts);
    all.put("validation_sha256", images().fingerprint());
    ModelCard card =
        new ModelCard(
            ArchitectureCard.of(network.name(), network.arguments()),
            new PreprocessingCard(
                List.of(3, SIDE, SIDE),
                preprocessing.interpolation(),
                1.0,
                preprocessing.mean(),
                preprocessing.std()),
            names,
            Optional.of(new Scores(0, IMAGES, 4 / 255.0, recorded, 1, 0, 0, WeightsKind.RAW)),
            Provenance.of(all));
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(file.toUri());
    Files.createDirectories(file.getParent());
    ModelFile.write(
        Storage.fileSystem(path, new Configuration()), path, Fence.none(), card, tensors);
  }

  /** Writes the weights as others do: names and values, and nothing of what they belong to. */
  public void writeForeign(Path file) throws IOException {
    writeForeign(file, architecture, weights);
  }

  /** Writes any weights as others do. */
  public static void writeForeign(Path file, Architecture network, float[] flat)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      SafetensorsWriter.write(out, Map.of("format", "pt"), tensors(network, flat));
    }
  }

  private static List<NamedTensor> tensors(Architecture network, float[] flat) {
    List<NamedTensor> tensors = new ArrayList<>();
    for (ParameterSpec spec : network.layout().specs()) {
      int offset = network.layout().offset(spec.name());
      tensors.add(NamedTensor.floats(spec.name(), spec.shape(), flat, offset));
    }
    network
        .batchNorms()
        .forEach(
            layer -> tensors.add(NamedTensor.longs(layer + ".num_batches_tracked", List.of(), 0L)));
    return tensors;
  }

  /** Coarse random patches, so that images differ in more than noise. */
  private static byte[][] draw() {
    Random random = new Random(3);
    byte[][] images = new byte[IMAGES][3 * SIDE * SIDE];
    for (byte[] image : images) {
      for (int channel = 0; channel < 3; channel++) {
        int[] patches = random.ints((SIDE / PATCH) * (SIDE / PATCH), 0, 256).toArray();
        for (int y = 0; y < SIDE; y++) {
          for (int x = 0; x < SIDE; x++) {
            image[(channel * SIDE + y) * SIDE + x] =
                (byte) patches[y / PATCH * (SIDE / PATCH) + x / PATCH];
          }
        }
      }
    }
    return images;
  }

  private static BufferedImage picture(byte[] image) {
    BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    int plane = SIDE * SIDE;
    for (int i = 0; i < plane; i++) {
      int rgb =
          ((image[i] & 0xFF) << 16)
              | ((image[plane + i] & 0xFF) << 8)
              | (image[2 * plane + i] & 0xFF);
      picture.setRGB(i % SIDE, i / SIDE, rgb);
    }
    return picture;
  }

  private static Tensor batch(byte[][] images) {
    byte[] all = new byte[images.length * images[0].length];
    for (int i = 0; i < images.length; i++) {
      System.arraycopy(images[i], 0, all, i * images[i].length, images[i].length);
    }
    return Tensors.pixels(all, ComputeDevice.CPU, images.length, 3, SIDE, SIDE);
  }

  /** Takes the mean answer off, so that no class is everybody's. */
  private void balance(FlatParameters parameters, byte[][] images) {
    try (Classifier classifier = architecture.bind(parameters);
        PointerScope scope = new PointerScope()) {
      Tensor logits = new Victim(classifier).logits(batch(images));
      float[] mean = Tensors.toArray(logits.mean(0));
      int bias = architecture.layout().offset("head.bias");
      for (int k = 0; k < CLASSES; k++) {
        weights[bias + k] -= mean[k];
      }
      parameters.load(weights, 0);
    }
  }

  private int[] classify(FlatParameters parameters, byte[][] images) {
    try (Classifier classifier = architecture.bind(parameters);
        PointerScope scope = new PointerScope()) {
      LossGradient margin =
          new Victim(classifier).lossAndGradient(batch(images), TinyVictim::margin);
      float[] margins = Tensors.toArray(margin.losses());
      float[] slopes = Tensors.toArray(margin.gradient().flatten(1, -1).abs().sum(1));
      double[] critical = new double[IMAGES];
      for (int i = 0; i < IMAGES; i++) {
        critical[i] = margins[i] / slopes[i];
      }
      Arrays.sort(critical);
      epsilon = critical[IMAGES / 2];
      return CleanTask.classes(margin.logits());
    }
  }

  private static Tensor margin(Tensor logits) {
    Tensor sorted = logits.sort(1, true).get0();
    return sorted.select(1, 0).sub(sorted.select(1, 1));
  }
}
