package io.robusttrain.model.family;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.ImageSize;
import io.robusttrain.model.LayerListener;
import io.robusttrain.model.LayerSummary;
import io.robusttrain.model.PositionGrid;
import io.robusttrain.model.PositionTable;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.model.layer.DeclaredWeights;
import io.robusttrain.model.layer.LayerTrace;
import io.robusttrain.model.layer.Scope;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Segment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The {@link Architecture} that any family makes of its checked sizes. */
final class NetworkArchitecture implements Architecture {
  private static final long serialVersionUID = 1L;
  private static final String MEAN = ".running_mean";

  private final NetworkConfig config;
  private final Preprocessing preprocessing;
  private final ParameterLayout layout;

  /**
   * Lays out the tensors of a model; no native memory is touched.
   *
   * @param config its sizes
   * @param preprocessing timm's default for it, at the size of its input
   */
  NetworkArchitecture(NetworkConfig config, Preprocessing preprocessing) {
    this.config = config;
    this.preprocessing = preprocessing;
    this.layout = DeclaredWeights.of(config::network).layout();
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public Map<String, Object> arguments() {
    return config.arguments();
  }

  @Override
  public int numClasses() {
    return config.numClasses();
  }

  @Override
  public ImageSize image() {
    return config.image();
  }

  @Override
  public Preprocessing defaultPreprocessing() {
    return preprocessing;
  }

  @Override
  public Optional<TimmModel> timm() {
    return config.timm();
  }

  @Override
  public ParameterLayout layout() {
    return layout;
  }

  @Override
  public Map<String, String> aliases() {
    return config.aliases();
  }

  @Override
  public List<String> batchNorms() {
    return layout.specs().stream()
        .filter(spec -> spec.segment() == Segment.STATISTICS && spec.name().endsWith(MEAN))
        .map(spec -> spec.name().substring(0, spec.name().length() - MEAN.length()))
        .toList();
  }

  @Override
  public List<LayerSummary> layers() {
    return LayerTrace.of(config::network, config.image(), ForwardPass.eval());
  }

  @Override
  public Set<TokenDropping.Mode> tokenDropping() {
    return config.tokenDropping();
  }

  @Override
  public Optional<TokenDropping.Grid> tokenGrid() {
    return config.tokenGrid();
  }

  @Override
  public long macsPerImage(TokenDropping dropping) {
    dropping.requireOf(name(), tokenDropping());
    TokenDropping.Draw any = new TokenDropping.Draw(dropping, SeedKey.of(0));
    return LayerTrace.of(config::network, config.image(), ForwardPass.eval().dropping(any)).stream()
        .mapToLong(LayerSummary::macs)
        .sum();
  }

  @Override
  public Optional<PositionGrid> positionGrid() {
    return config.positionGrid();
  }

  @Override
  public List<PositionTable> positionTables() {
    return config.positionTables();
  }

  @Override
  public Map<String, Integer> layerIds() {
    return config.layerGroups().ids(layout.specs());
  }

  @Override
  public void initialize(FlatParameters parameters, SeedKey key) {
    requireSameLayout(parameters);
    DeclaredWeights.of(config::network).initialize(parameters, key);
  }

  @Override
  public Classifier bind(FlatParameters parameters) {
    requireSameLayout(parameters);
    return new NetworkClassifier(config, parameters, Scope.LayerObserver.NONE);
  }

  @Override
  public Classifier bind(FlatParameters parameters, LayerListener listener) {
    requireSameLayout(parameters);
    return new NetworkClassifier(
        config,
        parameters,
        (name, kind, input, output, macs) -> listener.ran(name, kind, input, output));
  }

  private void requireSameLayout(FlatParameters parameters) {
    if (!parameters.layout().isSameAs(layout)) {
      throw new IllegalArgumentException(
          "the parameters are laid out for another architecture than " + config);
    }
  }

  @Override
  public String toString() {
    return config.toString();
  }
}
